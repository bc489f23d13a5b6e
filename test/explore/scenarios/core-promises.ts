/** What comes from outside: promises and actions, taken in once, cleaned up once. */
import { action, call, type Routine, schedule, select, Semaphore, sleep, type Tasklet, tasklet, timeout, until } from "@vivarium/core"
import type { NamedScenario } from "../named-scenario.ts"
import { cameAbout, ended, Expected, outcomeOf } from "./core-outcomes.ts"

const promises = { promises: true } as const

export const promiseScenarios: readonly NamedScenario[] = [
  {
    name: "promises that settle while others run, are killed or time out",
    options: promises,
    *scenario({ check, scheduler }) {
      let aborted = 0
      const bees = [
        tasklet({ name: "value" }, () => until(Promise.resolve("value"))),
        tasklet({ name: "error" }, () => outcomeOf(until(Promise.reject(new Expected("rain"))))),
        tasklet({ name: "never" }, () =>
          outcomeOf(timeout(10, until((signal) => new Promise<string>(() => signal.addEventListener("abort", () => aborted++))))),
        ),
      ]
      const victim = tasklet({ name: "victim" }, () => until((signal) => new Promise<string>(() => signal.addEventListener("abort", () => aborted++))))
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        victim.kill()
      })
      const outcomes = yield* ended([...bees, victim, killer])
      check("each has its own", outcomes.slice(0, 4).join() === "value,error rain,timeout,killed")
      check("aborted once at most each", aborted <= 2 && aborted >= 1)
      check("nothing from outside is waited for", scheduler.statistics().external === 0)
    },
  },
  {
    name: "an action is resolved, rejected, killed and timed out: it is cleaned up exactly once",
    options: promises,
    *scenario({ check, scheduler }) {
      let begun = 0
      let cleaned = 0
      const doors: { resolve(value: string): void; reject(error: unknown): void }[] = []
      const doorbell = action<string>((resolve, reject) => {
        begun++
        doors.push({ resolve, reject })
        return () => cleaned++
      })
      const bees = [
        tasklet({ name: "plain" }, () => outcomeOf(doorbell)),
        tasklet({ name: "patient" }, () => outcomeOf(timeout(5, doorbell))),
        tasklet({ name: "chooser" }, () => outcomeOf(select({ bell: doorbell, work: call(() => Promise.resolve("done")) }))),
      ]
      const rings = [
        tasklet({ name: "ringer" }, function* (): Routine {
          yield* schedule()
          for (const door of doors) door.resolve("ring")
        }),
        tasklet({ name: "rejecter" }, function* (): Routine {
          yield* schedule()
          for (const door of doors) door.reject(new Expected("closed"))
        }),
        tasklet({ name: "killer" }, function* (): Routine {
          yield* schedule()
          bees[0]?.kill()
        }),
        tasklet({ name: "late ringer" }, function* (): Routine {
          yield* sleep(5)
          for (const door of doors) door.resolve("late")
        }),
      ]
      yield* ended([...bees, ...rings])
      check("cleaned up as often as begun", begun === cleaned)
      check("nothing from outside is waited for", scheduler.statistics().external === 0)
    },
  },
  {
    name: "a clean-up that kills whoever waits: it runs once, and what was won is given back",
    options: promises,
    *scenario({ check, scheduler }) {
      let begun = 0
      let cleaned = 0
      const permits = new Semaphore(1)
      yield* permits.acquire()
      const doors: (() => void)[] = []
      const doorbell = action<string>((resolve) => {
        const owner = begun++ === 0 ? 0 : 1
        doors.push(() => resolve("ring"))
        return () => {
          cleaned++
          bees[owner]?.kill()
        }
      })
      const bees: Tasklet[] = [
        tasklet({ name: "plain" }, () => outcomeOf(doorbell)),
        tasklet({ name: "chooser" }, function* (): Routine {
          yield* cameAbout(() => begun === 1)
          yield* select({ bell: doorbell, permit: permits.acquire() })
          permits.release()
        }),
      ]
      yield* cameAbout(() => begun === 2)
      const others = [
        tasklet({ name: "ringer" }, function* (): Routine {
          yield* schedule()
          doors[0]?.()
        }),
        tasklet({ name: "holder" }, () => permits.release()),
      ]
      const outcomes = yield* ended([...bees, ...others])
      check("both were killed", outcomes.slice(0, 2).join() === "killed,killed")
      check("cleaned up once each", cleaned === 2)
      check("the permit is in stock", permits.statistics().available === 1 && permits.statistics().waiting === 0)
      check("nothing from outside is waited for", scheduler.statistics().external === 0)
    },
  },
  {
    name: "async bodies are told by a signal, and end when their promise settles",
    options: promises,
    *scenario({ check, scheduler }) {
      let told = 0
      const bee = tasklet({ name: "async bee" }, async () => {
        const { signal } = bee
        signal.addEventListener("abort", () => told++)
        for (let turn = 0; turn < 3; turn++) await Promise.resolve()
        signal.throwIfAborted()
        return "flown"
      })
      const killers = [1, 2].map((number) =>
        tasklet({ name: `killer ${number}` }, function* (): Routine {
          for (let turn = 0; turn < number; turn++) yield* schedule()
          bee.kill({ pending: number === 2 })
        }),
      )
      const [outcome] = yield* ended([bee, ...killers])
      check("killed or flown", outcome === "killed" || outcome === "flown")
      check("told once at most", told <= 1)
      check("nothing from outside is waited for", scheduler.statistics().external === 0)
    },
  },
]
