/** Kill and throw, at every moment between a wait and its end. */
import {
  call, channel, currentTasklet, Event, Mutex, type Operation, Pool, type Routine, run, schedule, scheduleRemove, Semaphore, sleep, type Tasklet, tasklet,
} from "@vivarium/core"
import type { NamedScenario } from "../named-scenario.ts"
import { killedWaits } from "./core-killed-waits.ts"
import { cameAbout, ended, Expected, nameOf, outcomeOf, runOthers, sameItems } from "./core-outcomes.ts"

function sting(text: string): never {
  throw new Expected(text)
}

export const killScenarios: readonly NamedScenario[] = [
  ...killedWaits,
  {
    name: "a kill races with what it waits for: it has the outcome, or was killed, and its joiners agree",
    *scenario({ check }) {
      const spring = new Event()
      let cleaned = 0
      let woke = 0
      const victim = tasklet({ name: "victim" }, function* (): Routine<string> {
        try {
          yield* spring.wait()
          woke++
          return "woke"
        } finally {
          cleaned++
        }
      })
      const joiners = [1, 2].map((number) => tasklet({ name: `joiner ${number}` }, () => outcomeOf(victim)))
      const actors = [
        tasklet({ name: "setter" }, () => spring.set()),
        tasklet({ name: "killer" }, () => victim.kill()),
        tasklet({ name: "pending killer" }, () => victim.kill({ pending: true })),
      ]
      yield* ended(actors)
      const outcomes = yield* ended(joiners)
      check("they agree", outcomes[0] === outcomes[1] && outcomes[0] === (woke === 1 ? "woke" : "killed"))
      check("cleaned up once, if begun", cleaned <= 1 && cleaned >= woke)
    },
  },
  {
    name: "a tasklet that kills itself goes on to its next wait, and no further",
    *scenario({ check }) {
      const steps: string[] = []
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        try {
          yield* schedule()
          currentTasklet()?.kill()
          steps.push("on")
          yield* schedule()
          steps.push("never")
        } catch {
          steps.push("never")
        } finally {
          yield* call(function* (): Routine {
            yield* schedule()
            steps.push("cleaned")
          })
          steps.push("end")
        }
      })
      const other = tasklet({ name: "other" }, function* (): Routine {
        yield* schedule()
        bee.kill({ pending: true })
      })
      yield* ended([bee, other])
      check("no catch, no second wait", !steps.includes("never"))
      check("the finally ran at most once", steps.filter((one) => one === "cleaned").length <= 1)
    },
  },
  {
    name: "a second kill cuts a waiting finally short, and outer ones run all the same",
    *scenario({ check }) {
      const steps: string[] = []
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        try {
          yield* call(function* (): Routine {
            try {
              yield* sleep(60_000)
            } finally {
              steps.push("inner")
              yield* sleep(60_000)
              steps.push("never")
            }
          })
          steps.push("never")
        } finally {
          steps.push("outer")
        }
      })
      yield* cameAbout(() => bee.blocked)
      bee.kill()
      check("alive in its finally", bee.alive && steps.join() === "inner")
      const killers = [true, false, true].map((pending, number) => tasklet({ name: `killer ${number}` }, () => bee.kill({ pending })))
      yield* ended([bee, ...killers])
      check("in order, once", steps.join() === "inner,outer")
    },
  },
  {
    name: "where a second kill has cut an inner finally short, a call in the outer one returns all the same",
    *scenario({ check }) {
      const steps: string[] = []
      const pause = function* (): Routine {
        yield* schedule()
        yield* schedule()
      }
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        try {
          yield* call(function* (): Routine {
            try {
              yield* sleep(60_000)
            } finally {
              steps.push("inner")
              yield* sleep(60_000)
            }
          })
        } finally {
          yield* call(pause)
          steps.push("paused")
          yield* call(pause)
          steps.push("outer")
        }
      })
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* cameAbout(() => bee.blocked)
        bee.kill()
        yield* cameAbout(() => bee.blocked)
        bee.kill({ pending: true })
      })
      yield* ended([bee, killer])
      check("to the end", steps.join() === "inner,paused,outer")
    },
  },
  {
    name: "those who are handed over to are killed, taken out and put back before they run: the others are not forgotten",
    *scenario({ check, fault, scheduler }) {
      const flowers = [1, 2, 3].map(() => channel<number>())
      const got: number[] = []
      const bees = flowers.map((flower, number) =>
        tasklet({ name: `bee ${number}` }, function* (): Routine {
          got.push(yield* flower.receive())
          yield* schedule()
        }),
      )
      yield* cameAbout(() => bees.every((bee) => bee.blocked))
      for (const [number, flower] of flowers.entries()) {
        flower.trySend(number)
        if (number === 1 && fault("the last is killed")) bees[1]?.kill()
        else if (number === 1 && fault("the last is taken out")) void bees[1]?.remove()
        else if (number === 1 && fault("the first is taken out")) void bees[0]?.remove().insert()
        else if (number === 1 && fault("the first is to be killed")) bees[0]?.kill({ pending: true })
      }
      if (bees[1]?.paused === true) bees[1].insert()
      yield* ended(bees)
      check("received or dropped", got.length + scheduler.statistics().droppedValues === 3)
    },
  },
  {
    name: "two that kill each other in their finally blocks both end",
    *scenario({ check }) {
      const cleaned: number[] = []
      const bees: Tasklet[] = [0, 1, 2].map((me) =>
        tasklet({ name: `bee ${me}` }, function* (): Routine {
          try {
            yield* sleep(60_000)
          } finally {
            cleaned.push(me)
            bees[(me + 1) % 3]?.kill()
            yield* schedule()
            bees[(me + 2) % 3]?.kill({ pending: true })
          }
        }),
      )
      yield* cameAbout(() => bees.every((bee) => bee.blocked))
      const killers = bees.map((bee, number) => tasklet({ name: `killer ${number}` }, () => bee.kill({ pending: number === 1 })))
      yield* ended([...bees, ...killers])
      check("each cleaned up once", cleaned.length === 3 && new Set(cleaned).size === 3)
    },
  },
  {
    name: "errors out of finally blocks are uncaught, each reported once, and never inside of the killer",
    *scenario({ check }) {
      const bees = [1, 2, 3].map((number) =>
        tasklet({ name: `bee ${number}` }, function* (): Routine {
          try {
            yield* sleep(60_000)
          } finally {
            sting(String(number))
          }
        }),
      )
      let through = 0
      const begun = tasklet({ name: "killer" }, function* (): Routine {
        yield* cameAbout(() => bees.every((bee) => bee.blocked))
        bees[0]?.kill()
        through++
        bees[1]?.kill({ pending: true })
        yield* schedule()
        bees[2]?.kill()
        through++
      })
      const uncaught = runOthers()
      check("the killer went on", through === 2 && !begun.alive)
      check("each once", sameItems(uncaught, [1, 2, 3]))
    },
  },
  {
    name: "a joined error is uncaught again only if all its joiners are killed before they have it",
    *scenario({ check }) {
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        yield* cameAbout(() => joiners.every((one) => one.blocked))
        throw new Expected("stung")
      })
      let caught = 0
      const joiners = [1, 2].map((number) =>
        tasklet({ name: `joiner ${number}` }, function* (): Routine {
          try {
            yield* bee
          } catch (error) {
            check("it is the error", nameOf(error) === "error stung")
            caught++
          }
        }),
      )
      tasklet({ name: "killer" }, function* (): Routine {
        yield* cameAbout(() => !bee.alive)
        joiners[0]?.kill({ pending: true })
        yield* schedule()
        joiners[1]?.kill()
      })
      const uncaught = runOthers()
      check("either a joiner has it, or nobody had", uncaught.length === (caught === 0 ? 1 : 0))
    },
  },
  {
    name: "killing the caller of a nested run ends it at its next wait, not in the run",
    *scenario({ check }) {
      const steps: string[] = []
      const caller = tasklet({ name: "caller" }, function* (): Routine {
        try {
          run()
          steps.push("back")
          yield* schedule()
          steps.push("on")
        } finally {
          steps.push("cleaned")
        }
      })
      const others = [1, 2].map((number) =>
        tasklet({ name: `other ${number}` }, function* (): Routine {
          yield* schedule()
          caller.kill({ pending: number === 1 })
          yield* schedule()
        }),
      )
      yield* ended([caller, ...others])
      const story = steps.join()
      check("not between run() and its next wait", ["", "back,cleaned", "back,on,cleaned"].includes(story) || !steps.includes("back"))
    },
  },
  {
    name: "throw races with a wake: a permit is neither lost nor doubled, and the error is raised once",
    *scenario({ check }) {
      const permits = new Semaphore(1)
      let caught = 0
      let held = 0
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        try {
          yield* permits.with(function* () {
            held++
            yield* schedule()
          })
          yield* sleep(60_000)
        } catch (error) {
          check("the error that was thrown", nameOf(error) === "error rain")
          caught++
        }
      })
      const others = [
        tasklet({ name: "holder" }, () =>
          permits.with(function* () {
            yield* schedule()
          }),
        ),
        tasklet({ name: "third" }, () => permits.with(() => {})),
        tasklet({ name: "thrower" }, function* (): Routine {
          yield* cameAbout(() => bee.blocked)
          bee.throw(new Expected("rain"), { pending: true })
        }),
      ]
      yield* ended([...others, bee])
      check("one permit, in stock", permits.statistics().available === 1)
      check("held once at most, and thrown at once", held <= 1 && caught === 1)
    },
  },
  {
    name: "a kill beats a throw that is pending, and a second throw makes the first uncaught",
    *scenario({ check }) {
      const seen: string[] = []
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        for (;;) {
          try {
            yield* sleep(60_000)
          } catch (error) {
            seen.push(nameOf(error))
          }
        }
      })
      runOthers()
      for (const number of [1, 2]) tasklet({ name: `thrower ${number}` }, () => bee.throw(new Expected(String(number)), { pending: true }))
      const uncaught = runOthers()
      check("each error arrived somewhere, once", seen.length + uncaught.length === 2)
      tasklet({ name: "killer" }, () => bee.kill({ pending: true }))
      tasklet({ name: "third thrower" }, () => void (bee.alive && bee.throw(new Expected("3"), { pending: true })))
      runOthers()
      check("killed in any case", !bee.alive)
    },
  },
  {
    name: "a lock or a resource on its way to one that is killed, thrown into or dropped goes on to the next",
    *scenario({ check, fault }) {
      const lock = new Mutex()
      const pool = new Pool(["one"])
      const permits = new Semaphore(1)
      yield* lock.acquire()
      const resource = yield* pool.acquire()
      yield* permits.acquire()
      const got: string[] = []
      const victims = [lock.acquire(), pool.acquire(), permits.acquire()].map((one, number) =>
        tasklet({ name: `victim ${number}` }, function* (): Routine {
          try {
            yield* one as Operation<unknown>
            yield* sleep(60_000)
          } catch (error) {
            nameOf(error)
          }
        }),
      )
      const heirs = [
        tasklet({ name: "heir of the lock" }, () => lock.with(() => void got.push("lock"))),
        tasklet({ name: "heir of the resource" }, () => pool.with(() => void got.push("resource"))),
        tasklet({ name: "heir of the permit" }, () => permits.with(() => void got.push("permit"))),
      ]
      yield* cameAbout(() => [...victims, ...heirs].every((one) => one.blocked))
      lock.release()
      pool.release(resource)
      permits.release()
      for (const victim of victims) {
        if (fault("throw")) victim.throw(new Expected("rain"))
        else if (fault("drop") && !victim.blocked) victim.remove().bind(null)
        else victim.kill()
      }
      yield* ended(heirs)
      check("the heirs had all three", got.length === 3)
    },
  },
  {
    name: "what is taken out of the queue between wake and resume keeps its outcome",
    *scenario({ check }) {
      const permits = new Semaphore(1)
      yield* permits.acquire()
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        yield* permits.acquire()
        yield* scheduleRemove()
        permits.release()
      })
      const keeper = tasklet({ name: "keeper" }, function* (): Routine {
        permits.release()
        for (let turn = 0; turn < 3; turn++) {
          if (bee.alive && !bee.blocked) {
            bee.remove()
            yield* schedule()
            bee.insert()
          }
          yield* schedule()
        }
      })
      yield* keeper
      while (bee.alive) {
        if (bee.paused) bee.insert()
        yield* schedule()
      }
      check("the permit is back", permits.statistics().available === 1)
    },
  },
]
