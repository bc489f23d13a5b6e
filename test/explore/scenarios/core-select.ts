/** Select, race and started cases: exactly one case happens, and the others leave no trace. */
import { call, channel, ChannelClosedError, Event, race, type Routine, schedule, select, Semaphore, sleep, type Tasklet, tasklet, timeout, trySelect } from "@vivarium/core"
import type { NamedScenario } from "../named-scenario.ts"
import { cameAbout, ended, outcomeOf, sameItems } from "./core-outcomes.ts"

export const selectScenarios: readonly NamedScenario[] = [
  {
    name: "of several ready cases one happens; what the others offered is still there",
    *scenario({ check }) {
      const left = channel<string>({ capacity: 2 })
      const right = channel<string>({ capacity: 2 })
      const got: string[] = []
      const choosers = [1, 2].map((number) =>
        tasklet({ name: `chooser ${number}` }, function* (): Routine {
          for (let turn = 0; turn < 2; turn++) got.push((yield* select({ left: left.receive(), right: right.receive() })).value)
        }),
      )
      const senders = [left, right].map((one, side) => tasklet({ name: `sender ${side}` }, () => one.sendAll([`${side}a`, `${side}b`])))
      yield* ended([...choosers, ...senders])
      check("each came once", sameItems(got, ["0a", "0b", "1a", "1b"]))
      check("nothing is left", left.length + right.length === 0 && left.balance === 0 && right.balance === 0)
    },
  },
  {
    name: "by priority, an order to stop goes before the next job",
    *scenario({ check }) {
      const jobs = channel<number>({ capacity: 1 })
      const stop = new Event()
      const taken: number[] = []
      const worker = tasklet({ name: "worker" }, function* (): Routine {
        for (;;) {
          const late = stop.isSet
          const next = yield* select({ stop: stop.wait(), job: jobs.receive() }, { priority: true })
          if (next.key === "stop") return
          check("not after the order", !late)
          taken.push(next.value)
        }
      })
      const sender = tasklet({ name: "sender" }, () => jobs.sendAll([1, 2, 3]))
      const boss = tasklet({ name: "boss" }, function* (): Routine {
        yield* schedule()
        yield* schedule()
        stop.set()
      })
      yield* ended([worker, boss])
      check("it no longer waits for jobs", jobs.balance >= 0)
      while (sender.alive || jobs.length > 0) {
        const next = jobs.tryReceive()
        if (next !== undefined) taken.push(next.value)
        yield* schedule()
      }
      check("no job is lost", taken.join() === "1,2,3")
    },
  },
  {
    name: "a select that offers both sides of a channel never meets itself",
    *scenario({ check }) {
      const flower = channel<number>()
      const outcomes: string[] = []
      const bees = [1, 2, 3, 4].map((me) =>
        tasklet({ name: `bee ${me}` }, function* (): Routine {
          const { key, value } = yield* select({ give: flower.send(me), take: flower.receive() })
          check("not its own", value !== me)
          outcomes.push(key)
        }),
      )
      yield* ended(bees)
      check("two gave and two took", sameItems(outcomes, ["give", "give", "take", "take"]))
      check("nobody waits", flower.balance === 0)
    },
  },
  {
    name: "selects with several cases on the same channels, against each other",
    *scenario({ check }) {
      const left = channel<number>()
      const right = channel<number>()
      const given: number[] = []
      const taken: number[] = []
      const givers = [1, 2].map((me) =>
        tasklet({ name: `giver ${me}` }, function* (): Routine {
          yield* select({ a: left.send(me), b: right.send(me), c: left.send(me) })
          given.push(me)
        }),
      )
      const takers = [1, 2].map((me) =>
        tasklet({ name: `taker ${me}` }, function* (): Routine {
          taken.push((yield* select({ a: right.receive(), b: left.receive(), c: right.receive() })).value)
        }),
      )
      yield* ended([...givers, ...takers])
      check("what was given was taken", sameItems(given, taken) && taken.length === 2)
      check("nobody waits", left.balance === 0 && right.balance === 0 && left.waiters.length + right.waiters.length === 0)
    },
  },
  {
    name: "nested selects are one wait: one value is taken, the rest stays where it is",
    *scenario({ check, scheduler }) {
      const [a, b, c] = [channel<string>(), channel<string>(), channel<string>()]
      const senders = [a, b, c].map((one, index) => tasklet({ name: `sender ${index}` }, () => one.send(`value ${index}`)))
      const got: unknown[] = []
      const chooser = tasklet({ name: "chooser" }, function* (): Routine {
        for (let turn = 0; turn < 3; turn++) {
          const inner = race([b.receive(), timeout(50, c.receive())])
          got.push((yield* select({ a: timeout(50, a.receive()), inner: timeout(50, inner) })).value)
          check("no timer is left", scheduler.statistics().timers === 0)
          check("as many wait as have not been served", a.balance + b.balance + c.balance <= 2 - turn)
        }
      })
      yield* ended([...senders, chooser])
      check("each came once", sameItems(got, ["value 0", "value 1", "value 2"]))
    },
  },
  {
    name: "a select that is killed while a partner comes leaves nothing behind",
    *scenario({ check, scheduler }) {
      const [nectar, pollen] = [channel<number>({ preference: "none" }), channel<number>({ preference: "sender" })]
      const permits = new Semaphore(1)
      yield* permits.acquire()
      let served = 0
      const chooser = tasklet({ name: "chooser" }, function* (): Routine {
        const { key } = yield* select({ nectar: nectar.receive(), pollen: pollen.send(1), permit: permits.acquire(), evening: sleep(60_000) })
        served++
        if (key === "permit") permits.release()
      })
      const partners = [
        tasklet({ name: "giver" }, () => nectar.send(1)),
        tasklet({ name: "taker" }, () => pollen.receive()),
        tasklet({ name: "holder" }, function* (): Routine {
          permits.release()
        }),
      ]
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        chooser.kill()
      })
      yield* ended([chooser, killer])
      yield* cameAbout(() => partners.every((one) => !one.alive || one.blocked))
      check("at most one case happened", served <= 1)
      check("no timer is left", scheduler.statistics().timers === 0)
      check("the permit is in stock", permits.statistics().available === 1 && permits.statistics().waiting === 0)
      check("nobody waits but partners", [...nectar.waiters, ...pollen.waiters].every((one) => partners.includes(one as Tasklet<number>)))
      const gone = scheduler.statistics().droppedValues + served
      check("one partner was served at most", partners.filter((one) => one.alive).length >= 1 || gone <= 2)
      for (const one of partners) one.kill()
    },
  },
  {
    name: "the losers of a race are killed where they wait, before the winner's value is seen",
    *scenario({ check }) {
      const events: string[] = []
      const routes = [1, 2, 3].map((number) =>
        call(function* (): Routine<number> {
          try {
            for (let step = 0; step < 2; step++) yield* schedule()
            return number
          } finally {
            events.push(`end ${number}`)
          }
        }),
      )
      const rival = tasklet({ name: "rival" }, function* (): Routine {
        for (let turn = 0; turn < 3; turn++) yield* schedule()
      })
      check("one of them wins", [1, 2, 3].includes(yield* race(routes)))
      check("all have ended", sameItems(events, ["end 1", "end 2", "end 3"]))
      yield* rival
    },
  },
  {
    name: "a started case that has received, and loses all the same: the value is taken, dropped, or not sent",
    *scenario({ check, scheduler }) {
      const flower = channel<number>({ preference: "none" })
      const stop = new Event()
      const got: number[] = []
      const chooser = tasklet({ name: "chooser" }, function* (): Routine<string> {
        const { key } = yield* select({
          nectar: call(function* (): Routine {
            got.push(yield* flower.receive())
            yield* schedule()
          }),
          stop: stop.wait(),
        })
        return key
      })
      const sender = tasklet({ name: "sender" }, () => flower.send(1))
      const boss = tasklet({ name: "boss" }, function* (): Routine {
        yield* schedule()
        stop.set()
      })
      yield* ended([chooser, boss])
      yield* cameAbout(() => !sender.alive || sender.blocked)
      const places = got.length + scheduler.statistics().droppedValues + flower.balance
      check("it is in one place", places === 1)
      sender.kill()
    },
  },
  {
    name: "a loser whose finally waits goes on beside the winner, and ends",
    *scenario({ check }) {
      let begun = 0
      let cleaned = 0
      const chooser = tasklet({ name: "chooser" }, function* (): Routine<string> {
        const { key } = yield* select({
          slow: call(function* (): Routine {
            begun++
            try {
              for (;;) yield* schedule()
            } finally {
              yield* schedule()
              yield* schedule()
              cleaned++
            }
          }),
          quick: call(function* (): Routine {
            yield* schedule()
          }),
        })
        return key
      })
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        yield* schedule()
        chooser.kill()
      })
      const [outcome] = yield* ended([chooser, killer])
      check("the quick one won, or it was killed", outcome === "quick" || outcome === "killed")
      yield* cameAbout(() => cleaned >= begun)
      check("cleaned up once, if it began", cleaned === begun && begun <= 1)
    },
  },
  {
    name: "a started case that ends at once wins, unless an offer was ready; what would come behind it does not begin",
    *scenario({ check }) {
      const flower = channel<string>({ capacity: 1 })
      let begun = 0
      const choosers = [1, 2].map((number) =>
        tasklet({ name: `chooser ${number}` }, function* (): Routine<string> {
          const ready = flower.length > 0
          const outcome = yield* race([flower.receive(), call(() => "at once"), call(() => void begun++)])
          check("by the rules", (outcome === "nectar") === ready)
          return String(outcome)
        }),
      )
      const waiting = tasklet({ name: "waiting" }, () => race([call(schedule), call(() => flower.receive())]))
      const sender = tasklet({ name: "sender" }, () => flower.send("nectar"))
      const outcomes = yield* ended([...choosers, sender, waiting])
      check("nothing was begun in vain", begun === 0)
      check("one had the nectar at most", outcomes.filter((one) => one === "nectar").length <= 1)
    },
  },
  {
    name: "polling by trySelect loses nothing",
    *scenario({ check }) {
      const [a, b] = [channel<number>(), channel<number>({ capacity: 1 })]
      const got: number[] = []
      const senders = [tasklet({ name: "to a" }, () => a.sendAll([11, 12])), tasklet({ name: "to b" }, () => b.sendAll([21, 22]))]
      const pollers = [1, 2].map((number) =>
        tasklet({ name: `poller ${number}` }, function* (): Routine {
          while (got.length < 4) {
            const next = trySelect({ a: a.receive(), b: b.receive() })
            if (next !== undefined) got.push(next.value)
            yield* schedule()
          }
        }),
      )
      yield* ended([...senders, ...pollers])
      check("each came once", sameItems(got, [11, 12, 21, 22]))
    },
  },
  {
    name: "cases are switched off as channels end; the error of a closed one names its case",
    *scenario({ check }) {
      const [a, b] = [channel<number>(), channel<number>({ capacity: 1 })]
      const got: number[] = []
      const named: (string | undefined)[] = []
      const merge = tasklet({ name: "merge" }, function* (): Routine {
        let [left, right]: (typeof a | null)[] = [a, b]
        while (left !== null || right !== null) {
          try {
            got.push((yield* select({ left: left?.receive(), right: right?.receive() })).value)
          } catch (error) {
            if (!(error instanceof ChannelClosedError)) throw error
            named.push(error.case)
            if (error.case === "left") left = null
            else right = null
          }
        }
      })
      const senders = [a, b].map((one, index) =>
        tasklet({ name: `sender ${index}` }, function* (): Routine {
          yield* one.sendAll([index * 10 + 1, index * 10 + 2])
          one.close()
        }),
      )
      yield* ended([...senders, merge])
      check("all came", sameItems(got, [1, 2, 11, 12]))
      check("each end was heard of once", sameItems(named, ["left", "right"]))
    },
  },
  {
    name: "selects that are begun again and again while others win keep apart",
    *scenario({ check, scheduler }) {
      const [a, b, stop] = [channel<number>(), channel<number>(), new Event()]
      const got: number[] = []
      const choosers = [1, 2].map((number) =>
        tasklet({ name: `chooser ${number}` }, function* (): Routine {
          for (;;) {
            const next = yield* select({ a: a.receive(), stop: stop.wait(), b: b.receive(), limit: sleep(60_000) })
            if (next.key === "stop") return
            if (next.key !== "limit") got.push(next.value)
          }
        }),
      )
      const victim = tasklet({ name: "victim" }, () => select({ b: b.receive(), a: a.receive(), limit: sleep(60_000) }))
      const senders = [tasklet({ name: "to a" }, () => a.sendAll([11, 12])), tasklet({ name: "to b" }, () => b.sendAll([21]))]
      victim.kill({ pending: true })
      yield* ended(senders)
      stop.set()
      yield* ended(choosers)
      const { droppedValues, timers } = scheduler.statistics()
      check("each came once, or was dropped with the victim", new Set(got).size === got.length && got.length + droppedValues === 3)
      check("nothing is left", timers === 0 && a.balance === 0 && b.balance === 0)
      check("the victim is gone", (yield* outcomeOf(victim)) === "killed")
    },
  },
]
