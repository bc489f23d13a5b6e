/** Locks, permits, flags, meeting points, values to come and pools, with waiters that come, give up and die. */
import { Barrier, call, Deferred, Event, Mutex, Pool, type Routine, schedule, select, Semaphore, sleep, type Tasklet, tasklet, timeout, trySelect } from "@vivarium/core"
import type { NamedScenario } from "../named-scenario.ts"
import { cameAbout, ended, Expected, nameOf, outcomeOf, sameItems } from "./core-outcomes.ts"

export const primitiveScenarios: readonly NamedScenario[] = [
  {
    name: "a mutex has one holder at a time, in the order in which they came",
    *scenario({ check }) {
      const lock = new Mutex()
      const came: number[] = []
      const held: number[] = []
      let inside = 0
      const bees = [1, 2, 3].map((me) =>
        tasklet({ name: `bee ${me}` }, function* (): Routine {
          came.push(me)
          yield* lock.with(function* () {
            held.push(me)
            check("alone", ++inside === 1 && lock.statistics().holder?.name === `bee ${me}`)
            yield* schedule()
            inside--
          })
          came.push(me)
          yield* lock.with(() => void held.push(me))
        }),
      )
      yield* ended(bees)
      check("first come, first served", came.join() === held.join())
      check("free again", lock.statistics().holder === undefined && lock.statistics().waiting === 0)
    },
  },
  {
    name: "the holder of a mutex is killed, and so is one who waits or has just been given it",
    *scenario({ check }) {
      const lock = new Mutex()
      let inside = 0
      let held = 0
      const bees = [1, 2, 3, 4].map((me) =>
        tasklet({ name: `bee ${me}` }, () =>
          lock.with(function* () {
            check("alone", ++inside === 1)
            try {
              held++
              yield* schedule()
            } finally {
              inside--
            }
          }),
        ),
      )
      const killers = [0, 1].map((at) =>
        tasklet({ name: `killer of bee ${at + 1}` }, function* (): Routine {
          yield* schedule()
          bees[at]?.kill({ pending: at === 1 })
        }),
      )
      yield* ended([...bees, ...killers])
      check("those who were let live have held it", held >= 2)
      check("free again", lock.statistics().holder === undefined && lock.statistics().waiting === 0)
    },
  },
  {
    name: "a mutex that one waits for by a time-out, a select and a polled case",
    *scenario({ check }) {
      const lock = new Mutex()
      let inside = 0
      const hold = function* (): Routine {
        check("alone", ++inside === 1)
        yield* sleep(10)
        inside--
        lock.release()
      }
      const bees = [
        tasklet({ name: "holder" }, () => lock.with(() => sleep(10))),
        tasklet({ name: "patient" }, function* (): Routine<string> {
          try {
            yield* timeout(10, lock.acquire())
          } catch (error) {
            return nameOf(error)
          }
          yield* hold()
          return "held"
        }),
        tasklet({ name: "chooser" }, function* (): Routine<string> {
          const { key } = yield* select({ one: lock.acquire(), other: lock.acquire(), evening: sleep(20) })
          if (key !== "evening") yield* hold()
          return key
        }),
        tasklet({ name: "poller" }, function* (): Routine {
          if (lock.tryAcquire()) yield* hold()
          if (trySelect({ lock: lock.acquire() }) !== undefined) yield* hold()
        }),
      ]
      yield* ended(bees)
      check("free again", lock.statistics().holder === undefined && lock.statistics().waiting === 0)
    },
  },
  {
    name: "permits are neither lost nor made by kills, time-outs and throws, and nobody barges in",
    *scenario({ check }) {
      const permits = new Semaphore(2)
      let held = 0
      check("never more than there are", () => held <= 2 && permits.statistics().available <= 2 - held)
      const bees = [1, 2, 3, 4].map((me) =>
        tasklet({ name: `bee ${me}` }, () =>
          permits.with(function* () {
            held++
            try {
              yield* schedule()
            } finally {
              held--
            }
          }),
        ),
      )
      const barger = tasklet({ name: "barger" }, function* (): Routine {
        for (let turn = 0; turn < 3; turn++) {
          const { available, waiting } = permits.statistics()
          check("none is in stock while somebody waits", available === 0 || waiting === 0)
          if (permits.tryAcquire()) permits.release()
          yield* schedule()
        }
      })
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        bees[2]?.kill({ pending: true })
        bees[0]?.kill()
      })
      yield* ended([...bees, barger, killer])
      check("all are in stock", permits.statistics().available === 2 && permits.statistics().waiting === 0)
    },
  },
  {
    name: "nobody who waits for an event misses that it was set, however soon it is cleared",
    *scenario({ check }) {
      const spring = new Event()
      let woken = 0
      const bees = [1, 2, 3].map((me) =>
        tasklet({ name: `bee ${me}` }, function* (): Routine {
          yield* me === 2 ? timeout(60_000, spring.wait()) : spring.wait()
          woken++
        }),
      )
      const season = tasklet({ name: "season" }, function* (): Routine {
        for (let year = 0; year < 3; year++) {
          const { waiting } = spring.statistics()
          const before = woken
          spring.set()
          check("nobody waits where it is set", spring.statistics().waiting === 0)
          spring.clear()
          yield* cameAbout(() => woken >= before + waiting)
        }
        spring.set()
      })
      yield* ended([...bees, season])
      check("all woke", woken === 3)
    },
  },
  {
    name: "a barrier lets a whole round pass, round after round, and gives each its place",
    *scenario({ check }) {
      const swarm = new Barrier(3)
      const rounds: number[][] = [[], []]
      let arrived = 0
      const bees = [1, 2, 3].map((me) =>
        tasklet({ name: `bee ${me}` }, function* (): Routine {
          for (const [round, places] of rounds.entries()) {
            arrived++
            places.push(me === 3 ? (yield* select({ go: swarm.wait(), too: swarm.wait() })).value : yield* swarm.wait())
            check("all have arrived", arrived >= 3 * (round + 1))
          }
        }),
      )
      yield* ended(bees)
      check("each place once in each round", rounds.every((places) => sameItems(places, [0, 1, 2])))
      check("nobody waits", swarm.statistics().waiting === 0)
    },
  },
  {
    name: "whoever is killed or gives up at a barrier has not arrived; another takes the place",
    *scenario({ check }) {
      const swarm = new Barrier(2)
      let passed = 0
      const wait = function* (): Routine {
        yield* swarm.wait()
        passed++
      }
      const victim = tasklet({ name: "victim" }, wait)
      const patient = tasklet({ name: "patient" }, () => outcomeOf(timeout(5, swarm.wait())))
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        victim.kill()
      })
      yield* ended([victim, patient, killer])
      check("it counts those who wait", swarm.statistics().waiting === 0)
      yield* ended([tasklet({ name: "late 1" }, wait), tasklet({ name: "late 2" }, wait)])
      check("two have passed, at least", passed >= 2)
    },
  },
  {
    name: "a barrier whose waiters have other cases, which arrive as well when they lose",
    *scenario({ check }) {
      const swarm = new Barrier(2)
      const places: number[] = []
      const chooser = tasklet({ name: "chooser" }, function* (): Routine {
        const { key, value } = yield* select({
          go: swarm.wait(),
          loser: call(function* (): Routine<number> {
            try {
              yield* sleep(60_000)
              return -1
            } finally {
              places.push(yield* swarm.wait())
            }
          }),
        })
        check("it was let through", key === "go")
        places.push(value)
      })
      yield* cameAbout(() => chooser.blocked)
      const bees = [1, 2].map((me) =>
        tasklet({ name: `bee ${me}` }, function* (): Routine {
          places.push(yield* swarm.wait())
        }),
      )
      yield* ended([chooser, ...bees])
      yield* cameAbout(() => places.length === 4)
      check("two rounds", sameItems(places, [0, 0, 1, 1]) && swarm.statistics().waiting === 0)
    },
  },
  {
    name: "a value is set once: everybody gets the same, before and after",
    *scenario({ check }) {
      const queen = new Deferred<string>()
      const setters = ["a", "b"].map((name) => tasklet({ name: `setter ${name}` }, () => queen.resolve(name)))
      const rejecter = tasklet({ name: "rejecter" }, () => queen.reject(new Expected("none")))
      const bees = [1, 2, 3].map((me) => tasklet({ name: `bee ${me}` }, () => outcomeOf(me === 2 ? timeout(60_000, queen.wait()) : queen.wait())))
      const victim = tasklet({ name: "victim" }, () => queen.wait())
      victim.kill({ pending: true })
      const firsts: boolean[] = []
      for (const one of [...setters, rejecter]) firsts.push(yield* one)
      const outcomes = yield* ended(bees)
      check("one was the first", firsts.filter(Boolean).length === 1)
      check("the same for all", new Set([...outcomes, yield* outcomeOf(queen.wait())]).size === 1)
      check("nobody waits", queen.statistics().waiting === 0)
      yield* outcomeOf(victim)
    },
  },
  {
    name: "each resource of a pool is lent to one at a time, and comes back from the killed and the impatient",
    *scenario({ check }) {
      const pool = new Pool(["one", "two"])
      const lent = new Set<string>()
      const use = function* (resource: string): Routine {
        check("lent once", !lent.has(resource))
        lent.add(resource)
        try {
          yield* schedule()
        } finally {
          lent.delete(resource)
        }
      }
      const bees: Tasklet[] = [1, 2, 3].map((me) => tasklet({ name: `bee ${me}` }, () => pool.with(use)))
      bees.push(
        tasklet({ name: "patient" }, () => outcomeOf(timeout(60_000, pool.with(use)))),
        tasklet({ name: "chooser" }, function* (): Routine {
          const { value } = yield* select({ one: pool.acquire(), other: pool.acquire() })
          yield* call(use, value)
          pool.release(value)
        }),
      )
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        bees[2]?.kill({ pending: true })
        bees[0]?.kill()
      })
      yield* ended([...bees, killer])
      check("all are in stock", sameItems(Object.values(pool.statistics()), [2, 2, 0]))
    },
  },
  {
    name: "two locks taken in the same order by all never lock each other out, whoever is killed",
    *scenario({ check }) {
      const [left, right] = [new Mutex(), new Mutex()]
      let dined = 0
      const bees = [1, 2, 3].map((me) =>
        tasklet({ name: `bee ${me}` }, () =>
          left.with(function* () {
            yield* schedule()
            yield* right.with(function* () {
              yield* schedule()
              dined++
            })
          }),
        ),
      )
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        for (let turn = 0; turn < 3; turn++) yield* schedule()
        bees[1]?.kill()
      })
      yield* ended([...bees, killer])
      check("the others dined", dined >= 2)
      check("both are free", left.statistics().holder === undefined && right.statistics().holder === undefined)
    },
  },
]
