/** Timers, idle time-outs, stashing, overrides and continuations: what comes before what, and what never comes. */
import { Actor, type ExitReason as Reason, ExitReason, type Process, type ProcessTimer, type Ref, Timeout } from "@vivarium/actors"
import { group, type Routine, schedule, sleep, type Tasklet } from "@vivarium/core"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { onceAnywhere } from "./once-anywhere.ts"

/** Timers that are taken back in the millisecond in which they are due. */
function* cancelRaces({ check, system }: World): Routine {
  const reader = system.spawn(function* reader(self: Process<unknown>): Routine {
    const timers: ProcessTimer[] = []
    const left: (number | false)[] = []
    yield* group(function* (members) {
      members.spawn(function* (): Routine {
        yield* sleep(10)
        for (const timer of timers) left.push(timer.cancel())
      })
      yield* schedule()
      timers.push(self.sendAfter(10, "plain"), self.sendAfter(10, "keyed", { key: "k" }), self.startTimer(10, "wrapped"))
    })
    check("nothing of it is left", timers.every((timer) => timer.left === false))
    self.sendAfter(1, "end")
    const got: unknown[] = []
    for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) got.push(message instanceof Timeout ? message.message : message)
    check("a plain one has come, or was taken back", got.includes("plain") === (left[0] === false))
    check("one with a key that was taken back has not come", !got.includes("keyed"))
    check("a wrapped one has come, or was taken back", got.includes("wrapped") === (left[2] === false))
    check("they come in the order in which they were made", got.join() === ["plain", "wrapped"].filter((one) => got.includes(one)).join())
  })
  yield* reader.join()
}

/** A timer with a key that is set again and again; the last one counts. */
function* keyedTimers(world: World): Routine {
  const { check, system } = world
  const got: unknown[] = []
  const reader = system.spawn(function* reader(self: Process<unknown>): Routine {
    yield* group(function* (setters) {
      for (const name of ["a", "b"]) {
        setters.spawn(function* (): Routine {
          for (let turn = 0; turn < 2; turn++) {
            self.sendAfter(turn, `${name}${turn}`, { key: "same" })
            yield* sleep(1)
          }
        })
      }
    })
    self.sendAfter(5, "end")
    for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) got.push(message)
  })
  yield* reader.join()
  check("the last one has come, and no two of the same moment", got.length === 1 && String(got[0]).endsWith("1"))
}

/** A tick that a receive has, but does not take, when its timer is taken back. */
function* cancelledOnItsWay(world: World): Routine {
  const { check, system } = world
  const reader = system.spawn(function* reader(self: Process<unknown>): Routine {
    self.sendAfter(1, "tick", { key: "k" })
    let receiver: Tasklet | undefined
    onceAnywhere(world, "the receive is killed", () => receiver?.kill())
    yield* group(function* (members) {
      receiver = members.spawn(function* (): Routine {
        yield* self.receive((message) => message === "tick")
      })
      yield* sleep(1)
      self.cancelTimer("k")
      yield* schedule()
      receiver.kill()
    })
    self.sendAfter(1, "end")
    check("nothing comes of it", (yield* self.receive()) === "end")
  })
  yield* reader.join()
}

/** A tick for a name whose holder gives it back, or ends. */
function* timersForNames(world: World): Routine {
  const { check, system } = world
  const got: string[] = []
  const readers = [0, 1].map((number) =>
    system.spawn(function* reader(self: Process<string>): Routine {
      yield* sleep(number * 2)
      if (system.whereis("reader") !== undefined) return
      self.register("reader")
      yield* sleep(1)
      if (number === 0) self.unregister("reader")
      yield* sleep(1)
      for (;;) got.push(`${number} ${yield* self.receive()}`)
    }),
  )
  const setter = system.spawn(function* setter(self: Process): Routine {
    const once = self.sendAfter(1, "once", { to: "reader", key: "once" })
    self.sendAfter(1, "tick", { to: "reader", everyMs: 1 })
    yield* sleep(1)
    once.cancel()
    yield* sleep(10)
  })
  onceAnywhere(world, "the first holder is killed", () => readers[0]?.exit(ExitReason.kill))
  yield* setter.join()
  for (const reader of readers) reader.exit(ExitReason.shutdown)
  for (const reader of readers) yield* reader.join()
  check("one that was taken back before anybody read it does not come", got.every((one) => one.endsWith("tick")))
  check("the ticks have found the next holder", got.includes("1 tick"))
}

/** Timers whose owner or reader ends first leave nothing. */
function* ownersThatEnd(world: World): Routine {
  const { check, system } = world
  const got: unknown[] = []
  const reader = system.spawn(function* reader(self: Process<unknown>): Routine {
    for (;;) got.push(yield* self.receive())
  })
  let hasEnded = false
  const owner = system.spawn(function* owner(self: Process): Routine {
    self.sendAfter(2, "for the other", { to: reader })
    self.sendAfter(1, "tick", { to: reader, everyMs: 1 })
    self.sendAfter(2, "for itself")
    yield* sleep(3)
  })
  system.events.on("ended", ({ ref }) => void (ref === owner && (hasEnded = true)))
  onceAnywhere(world, "the owner is killed", () => owner.exit(ExitReason.kill))
  onceAnywhere(world, "the reader is killed", () => reader.exit(ExitReason.kill))
  yield* owner.join()
  yield* schedule()
  yield* schedule()
  const before = got.length
  check("it is over", hasEnded)
  yield* sleep(5)
  check("nothing new comes from one that has ended", got.length <= before + 2)
  check("no timer is left", world.scheduler.statistics().timers === 0)
}

/** Ticks that nobody reads for a while, and one that a receive gives back. */
function* piles(world: World): Routine {
  const { check, system } = world
  const reader = system.spawn(function* reader(self: Process<unknown>): Routine {
    const timer = self.sendAfter(1, "tick", { everyMs: 1 })
    let receiver: Tasklet | undefined
    onceAnywhere(world, "the receive is killed", () => receiver?.kill())
    yield* group(function* (members) {
      receiver = members.spawn(function* (): Routine {
        yield* self.receive((message) => message === "tick")
      })
      yield* sleep(1)
    })
    yield* sleep(5)
    timer.cancel()
    self.self.send("end")
    let ticks = 0
    for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) ticks++
    check("one is unread at most, and one there is", ticks === 1)
  })
  yield* reader.join()
}

/** Waits until nothing comes for ten milliseconds. */
class Sleeper extends Actor {
  #log!: string[]

  init(log: string[]): void {
    this.#log = log
    this.setIdleTimeout(10)
  }

  nudge(what: string): void {
    this.#log.push(what)
    this.setIdleTimeout(10)
  }

  ask(): string {
    this.#log.push("ask")
    return "here"
  }

  info(message: unknown): void {
    this.#log.push(String(message))
  }
}

/** Messages in the very millisecond of an idle time-out. */
function* idleTies({ check, system }: World): Routine {
  const log: string[] = []
  const sleeper = system.spawn(Sleeper, { args: [log] })
  yield* group(function* (members) {
    members.spawn(function* (): Routine {
      yield* sleep(10)
      sleeper.cast.nudge("nudge")
    })
    members.spawn(function* (): Routine {
      yield* sleep(10)
      yield* sleeper.call.ask()
    })
  })
  yield* sleep(25)
  const nudge = log.indexOf("nudge")
  const ask = log.indexOf("ask")
  const rest = log.filter((one) => one === "timeout")
  check("it times out once where nothing else has come, and again if that was asked for", rest.length <= 2)
  check("nudged last, it times out in the end", ask > nudge || log.at(-1) === "timeout")
  check("what has cancelled it leaves nothing behind", nudge > ask || log.indexOf("timeout", ask) === -1)
}

/** Stashes what comes too early; overrides its own methods. */
class Door extends Actor {
  #log!: string[]

  init(log: string[]): void {
    this.#log = log
    this.become<Door>({
      enter(): string {
        this.stash()
        return "nobody hears this"
      },
    })
  }

  enter(who: string): string {
    this.#log.push(who)
    return `${who} is in`
  }

  *open(): Routine {
    yield* schedule()
    this.unbecome()
    this.unstash()
    this.continueWith(() => void this.#log.push("continued"))
  }
}

/** Guests who wait at a door, some of whom give up, some of whom are killed. */
function* guestsAtADoor(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const outcomes: string[] = []
  const door = system.spawn(Door, { args: [log], mailbox: { capacity: 2 } })
  const guests = ["a", "b", "c"].map((name) =>
    system.spawn(function* guest(): Routine {
      try {
        outcomes.push(yield* door.with({ timeoutMs: name === "a" ? 1 : Infinity }).call.enter(name))
      } catch {
        outcomes.push(`${name} gives up`)
      }
    }),
  )
  onceAnywhere(world, "b is killed", () => guests[1]?.exit(ExitReason.kill))
  let isShut = false
  onceAnywhere(world, "the door is shut down", () => {
    isShut = true
    door.exit(ExitReason.shutdown)
  })
  yield* sleep(1)
  door.cast.open()
  for (const guest of guests) yield* guest.join()
  door.exit(ExitReason.shutdown)
  yield* (door as Ref<unknown>).join()
  check("a and c are in or have given up, c only if it was told to", ["a", "c"].every((name) => outcomes.includes(`${name} is in`) || outcomes.includes(`${name} gives up`)) && (isShut || outcomes.includes("c is in")))
  check("who gave up while it waited was not let in", !(outcomes.includes("a gives up") && log.includes("a")) || system.statistics().lateReplies > 0)
  check("a continuation comes before all messages", log.length === 0 || log[0] === "continued")
  check("nobody comes in twice", new Set(log).size === log.length)
}

/** A chain of continuations, and who may end it. */
class Chain extends Actor {
  #log!: string[]

  init(log: string[]): void {
    this.#log = log
    this.continueWith(() => this.#step(3))
  }

  *#step(left: number): Routine {
    this.#log.push(`step ${left}`)
    yield* schedule()
    if (left > 1) this.continueWith(() => this.#step(left - 1))
  }

  note(what: string): void {
    this.#log.push(what)
  }

  terminate(reason: Reason): void {
    this.#log.push(reason.kind)
  }
}

function* continuations(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const chain = system.spawn(Chain, { args: [log] })
  onceAnywhere(world, "it is shut down", () => chain.exit(ExitReason.shutdown))
  chain.cast.note("cast")
  const stopping = system.spawn(function* stopping(): Routine {
    yield* schedule()
    yield* chain.stop()
  })
  yield* (chain as Ref<unknown>).join()
  yield* stopping.join()
  const steps = log.filter((one) => one.startsWith("step"))
  check("they come in order", steps.join() === ["step 3", "step 2", "step 1"].slice(0, steps.length).join())
  check("they come before all messages", !log.includes("cast") || (steps.length === 3 && log.indexOf("cast") === 3))
  check("terminate comes last, unless it was ended before init", log.length === 0 || log.filter((one) => one === "normal" || one === "shutdown").length <= 1)
}

export const actorTimerScenarios: readonly NamedScenario[] = [
  { name: "a timer that is taken back when it is due comes or does not, and says which", scenario: cancelRaces },
  { name: "of timers with one key the last one comes", scenario: keyedTimers },
  { name: "a tick that is taken back while a receive has it does not come back", scenario: cancelledOnItsWay },
  { name: "ticks for a name find who holds it, and those taken back nobody", scenario: timersForNames },
  { name: "timers end with their owner and with their reader", scenario: ownersThatEnd },
  { name: "ticks that nobody reads do not pile up", scenario: piles },
  { name: "an idle time-out and messages of the same millisecond", scenario: idleTies },
  { name: "who is stashed is let in once, or has given up", scenario: guestsAtADoor },
  { name: "continuations come before all messages, in order", scenario: continuations },
]
