/** Scenarios of mailboxes: what is sent comes in its order, once, or its sender knows better. */
import { Actor, type Process, type Ref, selfOf } from "@vivarium/actors"
import { call, type Routine, schedule, select, sleep, tasklet, timeout, TimeoutError } from "@vivarium/core"
import type { Scenario, World } from "../src/scenario.ts"
import { ended, killSometime } from "./killer.ts"

/** A guest sends more than there is room for, and leaves: the news of that comes last. */
function* guestBook({ check, system }: World): Routine {
  const book: string[] = []
  class Hive extends Actor {
    init(): void {
      const hive = selfOf<Hive>(this)
      this.spawnMonitor(function* guest() {
        for (const line of ["hello", "nice", "bye"]) {
          void hive.request.sign(line)
          yield* schedule()
        }
      })
    }
    sign(line: string): void {
      book.push(line)
    }
    down(): void {
      book.push("gone")
    }
  }
  system.spawn(Hive, { mailbox: { capacity: 1 } })
  for (let turn = 0; turn < 12; turn++) yield* schedule()
  yield* sleep(1)
  check("all has come, in its order", book.join() === "hello,nice,bye,gone")
}

/** Two senders wait for room where there is little, and may wait for one that is killed. */
function* crowded(world: World): Routine {
  const { check, system } = world
  let handled = 0
  class Hive extends Actor {
    bring(): void {
      handled++
    }
  }
  const hive = system.spawn(Hive, { mailbox: { capacity: 1 } })
  let taken = 0
  const bees = ["Maya", "Willy"].map((name) =>
    tasklet({ name }, function* () {
      for (let load = 0; load < 2; load++) if (yield* hive.with({ wait: true }).cast.bring()) taken++
    }),
  )
  const killer = tasklet(killSometime, world, { kill: () => hive.exit({ kind: "kill" }) }, 4)
  yield* ended([killer, ...bees])
  check("no more was handled than taken in", () => handled <= taken)
  yield* sleep(1)
  check("all that was taken in was handled, unless it was killed", !hive.alive || handled === taken)
}

/** Senders wait for room with a limit: what they have given up does not come. */
function* shortPatience({ check, fault, system }: World): Routine {
  const handled: number[] = []
  class Hive extends Actor {
    *bring(load: number): Routine {
      handled.push(load)
      if (fault("busy")) yield* sleep(7)
    }
  }
  const hive = system.spawn(Hive, { mailbox: { capacity: 1 } })
  const accepted: number[] = []
  const bees = [1, 2, 3].map((load) =>
    tasklet({ name: `bee ${load}` }, function* () {
      try {
        if (yield* timeout(5, hive.with({ wait: true }).cast.bring(load))) accepted.push(load)
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error
      }
    }),
  )
  yield* ended(bees)
  yield* sleep(30)
  check("handled is what was accepted", handled.length === accepted.length && accepted.every((load) => handled.includes(load)))
}

/** A gauge that cannot keep up forgets old values, never the newest one. */
function* gauge({ check, system }: World): Routine {
  const seen: number[] = []
  class Gauge extends Actor {
    show(value: number): void {
      seen.push(value)
    }
  }
  const shown = system.spawn(Gauge, { mailbox: { capacity: 2, overflow: "dropOldest" } })
  for (let value = 1; value <= 5; value++) {
    shown.cast.show(value)
    yield* schedule()
  }
  yield* sleep(1)
  check("as many as there is room for are shown in any case: the newest ones", seen.slice(-2).join() === "4,5")
  check("none is shown after a newer one", seen.every((value, at) => at === 0 || value > (seen[at - 1] as number)))
}

/** A receive with a limit gives up just when something comes: that is for the next one. */
function* lateLetters({ check, system }: World): Routine {
  const read: unknown[] = []
  const reader = system.spawn(function* (self: Process<number>) {
    const first = yield* select({
      letter: call(function* () {
        return yield* self.receive()
      }),
      late: sleep(5),
    })
    if (first.key === "letter") read.push(first.value)
    while (read.length < 2) read.push(yield* self.receive())
  })
  const writer = tasklet(function* () {
    yield* sleep(5)
    reader.send(1)
    reader.send(2)
  })
  yield* ended([writer])
  yield* reader.join()
  check("both were read, in their order", read.join() === "1,2")
}

/** What cannot be done yet is put aside; in the end all is done in the order in which it was asked for. */
function* shutShop({ check, system }: World): Routine {
  const done: number[] = []
  class Shop extends Actor {
    isOpen = false
    open(): void {
      this.isOpen = true
      this.unstash()
    }
    sell(ticket: number): void {
      if (this.isOpen) done.push(ticket)
      else this.stash()
    }
  }
  const shop: Ref<Shop> = system.spawn(Shop)
  const keeper = tasklet(function* () {
    shop.cast.open()
  })
  const customer = tasklet(function* () {
    for (let ticket = 1; ticket <= 3; ticket++) {
      shop.cast.sell(ticket)
      yield* schedule()
    }
  })
  yield* ended([keeper, customer])
  yield* sleep(1)
  check("all were served, in their order", done.join() === "1,2,3")
}

export const messageScenarios: Readonly<Record<string, Scenario>> = { guestBook, crowded, shortPatience, gauge, lateLetters, shutShop }
