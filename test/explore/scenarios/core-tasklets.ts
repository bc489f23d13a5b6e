/** Tasklets by hand: taken out and put back, run, joined, bound again, with deep calls and values of their own. */
import { call, channel, currentTasklet, Local, type Routine, run, schedule, scheduleRemove, sleep, Tasklet, tasklet } from "@vivarium/core"
import type { NamedScenario } from "../named-scenario.ts"
import { cameAbout, ended, Expected, nameOf, outcomeOf, runOthers } from "./core-outcomes.ts"

export const taskletScenarios: readonly NamedScenario[] = [
  {
    name: "sleepers of one's own, made of scheduleRemove and insert: each value wakes one",
    *scenario({ check }) {
      const sleepers: Tasklet[] = []
      const got: number[] = []
      const bees = [1, 2, 3].map((me) =>
        tasklet({ name: `bee ${me}` }, function* (): Routine {
          sleepers.push(currentTasklet() as Tasklet)
          got.push(yield* scheduleRemove<number>())
        }),
      )
      const wakers = [10, 20, 30].map((value) =>
        tasklet({ name: `waker ${value}` }, function* (): Routine {
          yield* cameAbout(() => sleepers.length > 0)
          void sleepers.shift()?.insert(value)
        }),
      )
      yield* ended([...wakers, ...bees])
      check("each value came once", got.toSorted((a, b) => a - b).join() === "10,20,30")
    },
  },
  {
    name: "one that sleeps out of the queue is killed, thrown into, inserted or run, whoever comes first",
    *scenario({ check, fault }) {
      let ends = 0
      const bee = tasklet({ name: "bee" }, function* (): Routine<string> {
        try {
          return yield* scheduleRemove<string>()
        } finally {
          ends++
        }
      })
      yield* cameAbout(() => bee.paused)
      const wakers = [1, 2].map((number) =>
        tasklet({ name: `waker ${number}` }, function* (): Routine {
          if (!bee.alive) return
          if (fault("kill")) bee.kill({ pending: number === 1 })
          else if (fault("throw")) bee.throw(new Expected("rain"), { pending: true })
          else if (bee.paused) bee.insert(`value ${number}`)
          yield* schedule()
          if (bee.alive) bee.run()
        }),
      )
      const uncaught = runOthers()
      yield* ended(wakers)
      const outcome = yield* outcomeOf(bee)
      check("it ended once", ends === 1)
      check("in a way that was asked for", ["value 1", "value 2", "killed", "error rain"].includes(outcome))
      check("nothing came twice", uncaught.length <= 2)
    },
  },
  {
    name: "run() of another moves that one alone; the others keep their places",
    *scenario({ check }) {
      const log: string[] = []
      const bees = ["a", "b", "c"].map((name) =>
        tasklet({ name }, function* (): Routine {
          for (let turn = 1; turn <= 2; turn++) {
            log.push(`${name}${turn}`)
            yield* schedule()
          }
        }),
      )
      const runner = tasklet({ name: "runner" }, function* (): Routine {
        for (const bee of bees) {
          const before = log.length
          if (bee.alive) bee.run()
          check("at most one step, of that one", log.length <= before + 1 && (log.length === before || log.at(-1)?.startsWith(bee.name) === true))
          yield* schedule()
        }
      })
      yield* ended([...bees, runner])
      check("each made its steps in order", ["a", "b", "c"].every((name) => log.filter((one) => one.startsWith(name)).join() === `${name}1,${name}2`))
    },
  },
  {
    name: "nested runs: whoever calls one is not resumed before it returns",
    *scenario({ check }) {
      const inside = new Set<string>()
      const flower = channel<string>()
      const bees = ["a", "b"].map((name) =>
        tasklet({ name }, function* (): Routine {
          yield* schedule()
          inside.add(name)
          run({ switches: 3 })
          inside.delete(name)
          yield* schedule()
          check("nobody runs here inside of its own run", !inside.has(name))
        }),
      )
      const others = [tasklet({ name: "sender" }, () => flower.sendAll(["x", "y"])), tasklet({ name: "receiver" }, function* (): Routine {
        for (let turn = 0; turn < 2; turn++) yield* flower.receive()
      })]
      yield* ended([...bees, ...others])
      check("all are out again", inside.size === 0)
    },
  },
  {
    name: "every joiner has the result, whenever it comes, and by whatever it waits",
    *scenario({ check }) {
      const bee = tasklet({ name: "bee" }, function* (): Routine<string> {
        yield* schedule()
        yield* schedule()
        return "nectar"
      })
      const joiners = [1, 2, 3].map((me) =>
        tasklet({ name: `joiner ${me}` }, function* (): Routine<string> {
          for (let turn = 0; turn < me; turn++) yield* schedule()
          return me === 2 ? yield* call(() => bee) : yield* bee
        }),
      )
      const victim = tasklet({ name: "victim" }, () => bee)
      victim.kill({ pending: true })
      const outcomes = yield* ended([...joiners, victim])
      check("the same for all who live", outcomes.join() === "nectar,nectar,nectar,killed")
    },
  },
  {
    name: "deep calls unwind from the innermost out, once each, whenever they are killed",
    *scenario({ check }) {
      const begun: number[] = []
      const cleaned: number[] = []
      let paused = 0
      function* pause(): Routine {
        yield* schedule()
      }
      function* level(depth: number): Routine<number> {
        begun.push(depth)
        try {
          try {
            yield* schedule()
            return depth === 4 ? depth : yield* call(level, depth + 1)
          } finally {
            // A call in a finally returns as ever, and the unwinding goes on.
            yield* call(pause)
            paused++
          }
        } finally {
          cleaned.push(depth)
        }
      }
      const bee = tasklet({ name: "bee" }, () => call(level, 1))
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        yield* schedule()
        bee.kill()
      })
      yield* ended([bee, killer])
      check("each that was begun was cleaned up, the innermost first", cleaned.join() === begun.toReversed().join())
      check("the one kill cut one finally short at most", paused >= begun.length - 1)
    },
  },
  {
    name: "errors go through deep calls, are caught half-way, and meet kills there",
    *scenario({ check }) {
      const cleaned: number[] = []
      let caught = 0
      function* level(depth: number): Routine {
        try {
          if (depth === 4) throw new Expected("deep")
          yield* call(level, depth + 1)
        } catch (error) {
          if (depth !== 2) throw error
          check("the error", nameOf(error) === "error deep")
          caught++
          yield* schedule()
        } finally {
          cleaned.push(depth)
          yield* schedule()
        }
      }
      const bee = tasklet({ name: "bee" }, () => call(level, 1))
      const killers = [1, 2].map((turns) =>
        tasklet({ name: `killer ${turns}` }, function* (): Routine {
          for (let turn = 0; turn < turns * 2; turn++) yield* schedule()
          bee.kill({ pending: turns === 1 })
        }),
      )
      const [outcome] = yield* ended([bee, ...killers])
      check("no error gets out", outcome === "undefined" || outcome === "killed")
      check("each cleaned up once at most, from within", cleaned.every((depth, index) => index === 0 || depth < (cleaned[index - 1] as number)))
      check("caught once at most", caught <= 1)
    },
  },
  {
    name: "each tasklet has its own value of a Local, and gets the old one back, killed or not",
    *scenario({ check }) {
      const flight = new Local("none")
      const bees = ["a", "b"].map((name) =>
        tasklet({ name }, function* (): Routine {
          try {
            yield* flight.with(name, function* () {
              const child = tasklet({ name: `child of ${name}` }, function* (): Routine<string> {
                yield* schedule()
                return flight.get()
              })
              yield* schedule()
              check("its own", flight.get() === name)
              flight.set(`${name}!`)
              check("the child's is what it was", (yield* child) === name)
            })
          } finally {
            check("the old one is back", flight.get() === "none")
          }
        }),
      )
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        bees[0]?.kill()
      })
      yield* ended([...bees, killer])
      yield* cameAbout(() => bees.every((bee) => !bee.alive))
      check("nothing leaks", flight.get() === "none")
      for (let turn = 0; turn < 2; turn++) yield* schedule()
    },
    options: { leaks: "allow" },
  },
  {
    name: "one that has ended is bound and runs again; joiners of each life have that one's end",
    *scenario({ check }) {
      const bee = new Tasklet(function* (life: number): Routine<number> {
        yield* schedule()
        return life
      })
      const seen: string[] = []
      for (let life = 1; life <= 2; life++) {
        if (life > 1) bee.bind(null, [life]).insert()
        else bee.setup(life)
        const joiners = [1, 2].map((number) =>
          tasklet({ name: `joiner ${number}` }, function* (): Routine {
            seen.push(yield* outcomeOf(bee))
          }),
        )
        const killer = tasklet({ name: "killer" }, function* (): Routine {
          yield* schedule()
          if (life === 2) bee.kill()
        })
        yield* ended([bee, ...joiners, killer])
        check("the joiners agree", seen.at(-1) === seen.at(-2) && (seen.at(-1) === String(life) || (life === 2 && seen.at(-1) === "killed")))
        check("each has an end", seen.length === life * 2)
      }
    },
  },
  {
    name: "pairs keep their turns: nobody is forgotten in the queue, however it is shuffled",
    *scenario({ check }) {
      const turns = [0, 0, 0]
      const bees = turns.map((_, me) =>
        tasklet({ name: `bee ${me}` }, function* (): Routine {
          while ((turns[me] as number) < 3) {
            turns[me] = (turns[me] as number) + 1
            yield* schedule()
          }
        }),
      )
      const juggler = tasklet({ name: "juggler" }, function* (): Routine {
        for (const bee of bees) {
          if (bee.alive && !bee.current) {
            bee.remove()
            bee.insert()
            bee.insert()
          }
          yield* sleep(0)
        }
      })
      yield* ended([...bees, juggler])
      check("all had their turns", turns.join() === "3,3,3")
    },
  },
]
