/** Scenarios of calls and tasks: each has one outcome, in its time, and nothing of it comes later. */
import { Actor, CallError, type Later, RequestCollection, Task, TaskError } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import type { Scenario, World } from "../src/scenario.ts"
import { ended, killSometime } from "./killer.ts"

/** A desk with one place in its queue is slow; who has given up takes no place any more. */
function* smallQueue({ check, fault, system }: World): Routine {
  class Desk extends Actor {
    *serve(): Routine {
      if (fault("slow")) yield* sleep(8)
    }
    ping(): string {
      return "pong"
    }
  }
  const desk = system.spawn(Desk, { mailbox: { capacity: 1 } })
  const guests = ["Maya", "Willy", "Flip"].map((name) =>
    tasklet({ name }, function* () {
      try {
        yield* desk.with({ timeoutMs: 5 }).call.serve()
      } catch (error) {
        check("it took too long", error instanceof CallError && error.code === "timeout")
      }
    }),
  )
  yield* ended(guests)
  yield* sleep(20)
  check("the desk serves again", (yield* desk.with({ timeoutMs: 5 }).call.ping()) === "pong")
}

/** Two desks, three guests who come one after another and wait for 10 ms at most; one of them may be killed. */
function* counters(world: World): Routine {
  const { check, clock, fault, system } = world
  class Desk extends Actor {
    *serve(ms: number): Routine<number> {
      yield* sleep(ms)
      return ms
    }
  }
  const desks = [system.spawn(Desk), system.spawn(Desk)] as const
  const guests = [0, 1, 2].map((number) =>
    tasklet({ name: `guest ${number}` }, function* () {
      yield* sleep(number)
      const begin = clock.now()
      const ms = fault("slow") ? 15 : 4
      try {
        const served = yield* desks[number % 2 === 0 ? 0 : 1].with({ timeoutMs: 10 }).call.serve(ms)
        check("the answer is its own", served === ms)
        check("it came in time", clock.now() <= begin + 10)
      } catch (error) {
        check("its time was up", error instanceof CallError && error.code === "timeout" && clock.now() === begin + 10)
      }
      const after = clock.now()
      yield* sleep(20)
      check("nothing wakes it afterwards", clock.now() === after + 20)
    }),
  )
  const killer = tasklet(killSometime, world, guests[1], 2)
  yield* ended([killer, ...guests])
}

/** Who calls is killed at some moment. The desk goes on. */
function* killedGuest(world: World): Routine {
  const { check, system } = world
  class Desk extends Actor {
    *serve(): Routine<string> {
      yield* schedule()
      return "served"
    }
  }
  const desk = system.spawn(Desk)
  let served = ""
  const guest = tasklet({ name: "guest" }, function* () {
    served = yield* desk.call.serve()
  })
  const killer = tasklet(killSometime, world, guest, 5)
  yield* ended([killer, guest])
  check("it was served, or killed", served === "served" || !guest.alive)
  check("the next one is served", (yield* desk.call.serve()) === "served")
}

/** A desk takes orders and delivers later, if it lives that long. */
function* orders(world: World): Routine {
  const { check, system } = world
  class Kitchen extends Actor {
    readonly orders: Later<string>[] = []
    order(): Later<string> {
      const later = this.replyLater<string>()
      this.orders.push(later)
      return later
    }
    deliver(): void {
      for (const order of this.orders.splice(0)) order.reply("soup")
    }
  }
  const kitchen = system.spawn(Kitchen)
  const guest = tasklet({ name: "guest" }, function* () {
    try {
      check("it is what was ordered", (yield* kitchen.call.order()) === "soup")
    } catch (error) {
      check("the kitchen has closed", error instanceof CallError && (error.code === "exit" || error.code === "noproc"))
    }
  })
  const waiter = tasklet({ name: "waiter" }, function* () {
    while (guest.alive && kitchen.alive) {
      kitchen.cast.deliver()
      yield* schedule()
    }
  })
  const killer = tasklet(killSometime, world, { kill: () => kitchen.exit({ kind: "shutdown" }) }, 4)
  yield* ended([guest, waiter, killer])
}

/** Answers are collected by somebody who may be killed; what it did not take is there for the next. */
function* collected(world: World): Routine {
  const { check, system } = world
  class Flower extends Actor {
    *nectar(drops: number): Routine<number> {
      yield* schedule()
      return drops
    }
  }
  const requests = new RequestCollection<string, number>()
  for (const name of ["rose", "lily"]) requests.add(system.spawn(Flower).request.nectar(1), name)
  const labels: string[] = []
  function* collect(): Routine {
    for (let answer = yield* requests.next(); answer !== undefined; answer = yield* requests.next()) labels.push(answer.label)
  }
  const bee = tasklet({ name: "bee" }, collect)
  yield* ended([tasklet(killSometime, world, bee, 5), bee])
  yield* collect()
  check("each answer was taken once", labels.sort().join() === "lily,rose")
}

/** The owner of two tasks waits for both. */
function* errands({ check, clock, system }: World): Routine {
  let results: readonly unknown[] = []
  const owner = system.spawn(function* owner() {
    const tasks = [1, 2].map((number) => Task.async(() => number))
    yield* schedule()
    results = yield* Task.awaitMany(tasks, { timeoutMs: 100 })
  })
  yield* owner.join()
  check("both have come", results.join() === "1,2")
  check("as soon as they could", clock.now() === 0)
}

/** One of two tasks may fail; their owner hears of it once, and then rests. */
function* failedErrand({ check, clock, fault, system }: World): Routine {
  let rested = 0
  const owner = system.spawn(function* owner() {
    const tasks = [1, 2].map((number) =>
      Task.async(
        function* () {
          yield* sleep(number)
          if (fault("the task fails")) throw new Error("lost")
          return number
        },
        { link: false },
      ),
    )
    try {
      yield* Task.awaitMany(tasks)
    } catch (error) {
      check("a task has failed", error instanceof TaskError && error.code === "exit")
    }
    const begin = clock.now()
    yield* sleep(10)
    rested = clock.now() - begin
  })
  yield* owner.join()
  check("it has rested for as long as it wanted", rested === 10)
}

export const callScenarios: Readonly<Record<string, Scenario>> = { smallQueue, counters, killedGuest, orders, collected, errands, failedErrand }
