/** Sleeps and time-outs: never early, in order, and gone when nobody waits for them. */
import { call, channel, Event, group, race, type Routine, schedule, Semaphore, sleep, type Tasklet, tasklet, timeout, TimeoutError } from "@vivarium/core"
import type { NamedScenario } from "../named-scenario.ts"
import { cameAbout, ended, nameOf, outcomeOf, sameItems } from "./core-outcomes.ts"

export const timerScenarios: readonly NamedScenario[] = [
  {
    name: "sleeps end when they are due, whoever began them in whatever order",
    *scenario({ check, clock }) {
      const woken: number[] = []
      const sleepers = [20, 10, 20, 5, 10].map((ms, number) =>
        tasklet({ name: `sleeper ${number}` }, function* (): Routine {
          const begin = clock.now()
          yield* sleep(ms)
          check("neither early nor late", clock.now() === begin + ms)
          woken.push(ms)
        }),
      )
      yield* ended(sleepers)
      check("in the order of time", woken.every((ms, index) => index === 0 || (woken[index - 1] as number) <= ms) && woken.length === 5)
    },
  },
  {
    name: "sleeps that are due at the same time are woken in the order in which they began",
    *scenario({ check, scheduler }) {
      const began: string[] = []
      const woken: string[] = []
      const sleepers = [10, 5, 10, 10, 5].map((ms, number) =>
        tasklet({ name: `${ms} ms, sleeper ${number}` }, function* (): Routine {
          began.push(`${ms} ms, sleeper ${number}`)
          yield* sleep(ms)
        }),
      )
      using _tool = scheduler.instrument({
        woken: ({ name }) => {
          if (began.includes(name)) woken.push(name)
        },
      })
      yield* ended(sleepers)
      check("first those of 5 ms, each in order", woken.join() === [5, 10].flatMap((ms) => began.filter((one) => one.startsWith(`${ms} `))).join())
    },
  },
  {
    name: "a time-out and the result are due in the same millisecond: one of them counts",
    *scenario({ check, clock, scheduler }) {
      const flower = channel<number>()
      const bees = [1, 2].map((number) =>
        tasklet({ name: `bee ${number}` }, () => outcomeOf(timeout(10, flower.receive()))),
      )
      const sent: number[] = []
      const senders = [1, 2].map((value) =>
        tasklet({ name: `sender ${value}` }, function* (): Routine {
          yield* sleep(10)
          if (flower.trySend(value)) sent.push(value)
        }),
      )
      const outcomes = yield* ended(bees)
      yield* ended(senders)
      check("what was sent has arrived; the others timed out", sameItems(outcomes, [...sent, ...Array.from({ length: 2 - sent.length }, () => "timeout")]))
      check("all at 10 ms", clock.now() === 10)
      check("nothing is left", flower.balance === 0 && scheduler.statistics().timers === 0 && scheduler.statistics().droppedValues === 0)
    },
  },
  {
    name: "a ready result counts before a time-out of 0",
    *scenario({ check, scheduler }) {
      const flower = channel<number>({ capacity: 1 })
      const bee = tasklet({ name: "bee" }, function* (): Routine<string> {
        const ready = flower.length > 0
        const outcome = yield* outcomeOf(timeout(0, flower.receive()))
        check("what was ready was received", !ready || outcome === "1")
        return outcome
      })
      const sender = tasklet({ name: "sender" }, () => flower.send(1))
      const [outcome] = yield* ended([bee, sender])
      check("received or still there", outcome === "1" ? flower.length === 0 : flower.length === 1 && outcome === "timeout")
      check("no timer is left", scheduler.statistics().timers === 0)
    },
  },
  {
    name: "timers of those who are killed, thrown into or served are gone at once, and time does not wait for them",
    *scenario({ check, clock, scheduler }) {
      const spring = new Event()
      const bees = [
        tasklet({ name: "sleeper" }, () => sleep(500)),
        tasklet({ name: "patient" }, () => timeout(500, spring.wait())),
        tasklet({ name: "twice patient" }, () => race([timeout(400, timeout(500, spring.wait())), sleep(600)])),
        tasklet({ name: "short" }, () => sleep(3)),
      ]
      const others = [
        tasklet({ name: "killer" }, function* (): Routine {
          yield* schedule()
          bees[0]?.kill()
        }),
        tasklet({ name: "setter" }, function* (): Routine {
          yield* sleep(1)
          spring.set()
        }),
      ]
      yield* ended([...bees, ...others])
      check("at 3 ms", clock.now() === 3)
      check("no timer is left", scheduler.statistics().timers === 0)
    },
  },
  {
    name: "nested time-outs: the one that is due first raises, with its limit",
    *scenario({ check, clock, scheduler }) {
      const never = channel<number>()
      const limits = tasklet({ name: "limits" }, function* (): Routine {
        for (const [outer, inner] of [[20, 10], [10, 20], [10, 10]] as const) {
          const begin = clock.now()
          try {
            yield* timeout(outer, race([timeout(inner, never.receive()), timeout(50, call(() => never.receive()))]))
            check("it cannot have received", false)
          } catch (error) {
            check("a time-out", error instanceof TimeoutError)
            check("the shorter one", (error as TimeoutError).timeoutMs === Math.min(outer, inner) && clock.now() === begin + Math.min(outer, inner))
          }
          yield* cameAbout(() => never.balance === 0)
          check("but the rival's no timer is left", scheduler.statistics().timers === (rival.blocked ? 1 : 0))
        }
      })
      const rival: Tasklet = tasklet({ name: "rival" }, function* (): Routine {
        for (let turn = 0; turn < 3; turn++) yield* sleep(10)
      })
      yield* ended([limits, rival])
    },
  },
  {
    name: "sleep(0) gives everybody a turn, and time stands still",
    *scenario({ check, clock }) {
      const turns = [0, 0, 0]
      const bees = turns.map((_, me) =>
        tasklet({ name: `bee ${me}` }, function* (): Routine {
          for (let turn = 1; turn <= 3; turn++) {
            yield* sleep(0)
            turns[me] = turn
          }
        }),
      )
      yield* ended(bees)
      check("all had their turns", turns.join() === "3,3,3" && clock.now() === 0)
    },
  },
  {
    name: "timers are taken back in the middle of many, and the rest keeps its order",
    *scenario({ check }) {
      const woken: number[] = []
      const bees = [8, 3, 6, 1, 7, 2, 5, 4].map((ms) =>
        tasklet({ name: `bee ${ms}` }, function* (): Routine {
          yield* sleep(ms * 10)
          woken.push(ms)
        }),
      )
      yield* cameAbout(() => bees.every((bee) => bee.blocked))
      const killers = [0, 3, 5].map((at) => tasklet({ name: `killer ${at}` }, () => (bees[at] as Tasklet).kill()))
      yield* ended([...killers, ...bees])
      check("in order", woken.join() === "3,4,5,6,7")
    },
  },
  {
    name: "permits under time-outs: those who gave up hold none, and none is lost",
    *scenario({ check }) {
      const permits = new Semaphore(1)
      let inside = 0
      const bees = [1, 2, 3].map((number) =>
        tasklet({ name: `bee ${number}` }, function* (): Routine<string> {
          try {
            yield* timeout(10, permits.acquire())
          } catch (error) {
            return nameOf(error)
          }
          check("one at a time", ++inside === 1)
          yield* sleep(10)
          inside--
          permits.release()
          return "landed"
        }),
      )
      const outcomes = yield* ended(bees)
      check("one at least has landed, and two at most", outcomes.filter((one) => one === "landed").length >= 1 && outcomes.includes("timeout"))
      check("the permit is in stock", permits.statistics().available === 1 && permits.statistics().waiting === 0)
    },
  },
  {
    name: "a routine that runs out of time has cleaned up before its caller goes on",
    *scenario({ check, clock }) {
      let open = 0
      const bees = [1, 2].map((number) =>
        tasklet({ name: `bee ${number}` }, function* (): Routine<string> {
          const fetch = call(function* (): Routine<string> {
            open++
            try {
              yield* sleep(number * 10)
              return "fetched"
            } finally {
              open--
            }
          })
          const before = open
          const outcome = yield* outcomeOf(timeout(15, fetch))
          check("closed again", open <= before + 1 && (outcome === "fetched" || open === 0))
          return outcome
        }),
      )
      const rival = tasklet({ name: "rival" }, function* (): Routine {
        yield* sleep(15)
        yield* schedule()
      })
      const outcomes = yield* ended([...bees, rival])
      check("the slow one ran out of time", outcomes.slice(0, 2).join() === "fetched,timeout" && clock.now() === 15 && open === 0)
    },
  },
  {
    name: "a group under a time-out takes its members with it",
    *scenario({ check, clock, scheduler }) {
      let cleaned = 0
      const bee = tasklet({ name: "bee" }, () =>
        outcomeOf(
          timeout(
            10,
            group(function* (bees) {
              for (const ms of [5, 10, 60_000]) {
                bees.spawn(function* () {
                  try {
                    try {
                      yield* sleep(ms)
                    } finally {
                      yield* schedule()
                    }
                  } finally {
                    cleaned++
                  }
                })
              }
            }),
          ),
        ),
      )
      const rival = tasklet({ name: "rival" }, () => sleep(10))
      const [outcome] = yield* ended([bee, rival])
      check("it ran out of time", outcome === "timeout" && clock.now() === 10)
      yield* cameAbout(() => cleaned === 3)
      check("no timer is left", scheduler.statistics().timers === 0)
      yield* cameAbout(() => scheduler.statistics().blocked + scheduler.statistics().runnable === 0)
    },
  },
]
