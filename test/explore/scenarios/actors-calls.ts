/** Calls: each has one outcome, whoever ends meanwhile, and nobody hangs. */
import { Actor, CallError, ExitReason, type Later, named, type Ref, RequestCollection, selfOf } from "@vivarium/actors"
import { group, type Routine, schedule, select, sleep, TimeoutError } from "@vivarium/core"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { outcomeOf } from "./outcome-of-call.ts"
import { onceAnywhere } from "./once-anywhere.ts"

class Sloth extends Actor {
  #log!: string[]

  init(log: string[] = []): void {
    this.#log = log
  }

  *climb(name: string, ms: number): Routine<string> {
    this.#log.push(`${name} begins`)
    yield* sleep(ms)
    this.#log.push(`${name} ends`)
    return name
  }

  *linger(name: string): Routine<string> {
    this.#log.push(`${name} begins`)
    yield* schedule()
    yield* schedule()
    this.#log.push(`${name} ends`)
    return name
  }
}

/** Answers and time-outs that are due in the same millisecond. */
function* timeoutTies({ check, system }: World): Routine {
  const log: string[] = []
  const sloth = system.spawn(Sloth, { args: [log] })
  const outcomes: string[] = []
  const withdrawn: string[] = []
  yield* group(function* (callers) {
    for (const name of ["a", "b"]) {
      callers.spawn(function* (): Routine {
        const outcome = yield* outcomeOf(sloth.with({ timeoutMs: 10 }).call.climb(name, 10))
        if (outcome === "timeout" && !log.includes(`${name} begins`)) withdrawn.push(name)
        outcomes.push(`${name} ${outcome}`)
      })
    }
  })
  check("the sloth is done", (yield* outcomeOf(sloth.call.climb("last", 0))) === "ok last")
  const late = outcomes.filter((one) => one.endsWith("timeout"))
  const begun = late.filter((one) => log.includes(`${one.slice(0, 1)} begins`))
  check("each call is answered or comes too late", outcomes.every((one) => /^(.) (ok \1|timeout)$/.test(one)) && outcomes.length === 2)
  check("what was unread in time is never begun", withdrawn.every((name) => !log.includes(`${name} begins`)))
  check("answers that nobody waited for are counted", system.statistics().lateReplies === begun.length)
  check("what was begun was brought to its end", log.filter((one) => one.endsWith("begins")).length === log.filter((one) => one.endsWith("ends")).length)
}

/** A callee that ends before, while or after it answers. */
function endingCallee(strike: ExitReason) {
  return function* (world: World): Routine {
    const { check, system } = world
    const log: string[] = []
    const sloth = system.spawn(Sloth, { args: [log] })
    onceAnywhere(world, `the callee is sent ${strike.kind}`, () => sloth.exit(strike))
    const outcomes: string[] = []
    yield* group(function* (callers) {
      for (const name of ["a", "b"]) {
        callers.spawn(function* (): Routine {
          try {
            yield* sloth.with({ timeoutMs: Infinity }).call.linger(name)
            outcomes.push(`${name} ok`)
          } catch (error) {
            if (!(error instanceof CallError)) throw error
            outcomes.push(`${name} ${error.code}`)
            const reason = error.code === "noproc" ? "noproc" : strike.kind === "kill" ? "killed" : strike.kind
            check("the call fails with the reason of its callee", error.reason.kind === reason)
            check("its callee is on its way out", !sloth.alive)
          }
        })
      }
    })
    check("each call has an outcome", outcomes.toSorted().join().replaceAll(/exit|noproc/g, "ok") === "a ok,b ok")
    const answered = outcomes.filter((one) => one.endsWith("ok"))
    check("an answer is of a method that was brought to its end", answered.every((one) => log.includes(`${one.slice(0, 1)} ends`)))
  }
}

/** Callers that are killed anywhere: the callee goes on, and serves the next. */
function* endingCaller(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const sloth = system.spawn(Sloth, { args: [log] })
  const outcomes: string[] = []
  const callers = ["a", "b"].map((name) =>
    system.spawn(function* (): Routine {
      outcomes.push(`${name} ${yield* outcomeOf(sloth.call.linger(name))}`)
    }),
  )
  const [a, b] = callers as [Ref<unknown>, Ref<unknown>]
  onceAnywhere(world, "a is killed", () => a.exit(ExitReason.kill))
  let isWithdrawn = false
  system.events.on("ended", ({ ref }) => void (ref === a && (isWithdrawn = !log.includes("a begins"))))
  for (const caller of callers) yield* caller.join()
  check("the callee lives, and answers", (yield* outcomeOf(sloth.call.linger("c"))) === "ok c")
  check("what was unread when its caller had ended is never begun", !(isWithdrawn && log.includes("a begins")))
  check("b has its answer", outcomes.includes("b ok b") && !b.alive)
  check("what was begun was brought to its end", ["a", "b"].every((name) => log.includes(`${name} begins`) === log.includes(`${name} ends`)))
  const aIsAnswered = outcomes.includes("a ok a")
  check("an answer to the dead is late, or was on its way", system.statistics().lateReplies <= (log.includes("a ends") && !aIsAnswered ? 1 : 0))
}

/** Keeps the right to answer. */
class Nursery extends Actor {
  adopt(laters: Later<string>[]): Later<string> {
    const later = this.replyLater<string>()
    laters.push(later)
    return later
  }
}

/** Two who answer the same calls, a caller and a callee who may be gone. */
function* answersPutOff(world: World): Routine {
  const { check, system } = world
  const laters: Later<string>[] = []
  const nursery = system.spawn(Nursery)
  const outcomes: string[] = []
  onceAnywhere(world, "the nursery is shut down", () => nursery.exit(ExitReason.shutdown))
  const caller = system.spawn(function* caller(): Routine {
    outcomes.push(yield* outcomeOf(nursery.with({ timeoutMs: 5 }).call.adopt(laters)))
    outcomes.push(yield* outcomeOf(nursery.with({ timeoutMs: 5 }).call.adopt(laters)))
  })
  const forgotten = system.spawn(function* forgotten(): Routine {
    check("who is forgotten is told of the end", /^(exit|noproc)$/.test(yield* outcomeOf(nursery.with({ timeoutMs: Infinity }).call.adopt([]))))
  })
  for (const name of ["Maya", "Willy"]) {
    system.spawn(function* (): Routine {
      for (let turn = 0; turn < 3; turn++) {
        for (const later of laters) if (later.open) later.reply(name)
        yield* schedule()
      }
      yield* sleep(5)
      for (const later of laters) later.reply(name)
    })
  }
  yield* caller.join()
  yield* sleep(10)
  check("each call is answered once, or its callee has ended, or it is late", outcomes.length === 2 && outcomes.every((one) => /^(ok (Maya|Willy)|exit|noproc|timeout)$/.test(one)))
  nursery.exit(ExitReason.shutdown)
  yield* forgotten.join()
  check("nothing is open any more", laters.every(({ open }) => !open))
  check("nobody was in time and late at once", outcomes.every((one) => one !== "timeout") || laters.length > 0)
}

/** Lets calls in that come from its own. */
class Dancer extends Actor {
  *dance(partner: Ref<Partner>): Routine<string> {
    return `dances ${yield* partner.with({ timeoutMs: Infinity }).call.follow(selfOf<Dancer>(this))}`
  }

  *lead(): Routine<string> {
    yield* schedule()
    return "south"
  }
}

class Partner extends Actor {
  ping(): string {
    return "here"
  }

  *follow(dancer: Ref<Dancer>): Routine<string> {
    return yield* dancer.with({ timeoutMs: Infinity }).call.lead()
  }
}

/** A chain of calls back to where it began, any of whose links may end. */
function* reentrantCalls(world: World): Routine {
  const { check, system } = world
  const dancer = system.spawn(Dancer, { reentrant: true })
  const partner = system.spawn(Partner)
  onceAnywhere(world, "the dancer is killed", () => dancer.exit(ExitReason.kill))
  onceAnywhere(world, "the partner is shut down", () => partner.exit(ExitReason.shutdown))
  const outcomes: string[] = []
  yield* group(function* (callers) {
    for (const turn of [1, 2]) {
      callers.spawn(function* (): Routine {
        outcomes.push(`${turn} ${yield* outcomeOf(dancer.with({ timeoutMs: Infinity }).call.dance(partner))}`)
      })
    }
  })
  check("every call has an outcome", outcomes.length === 2)
  check("the partner is free again, or has ended", /^(ok here|exit|noproc)$/.test(yield* outcomeOf(partner.with({ timeoutMs: Infinity }).call.ping())))
  check("who is answered has danced", outcomes.every((one) => /^. (ok dances south|exit|noproc)$/.test(one)))
}

/** Two who take from one collection, one of whom is killed somewhere. */
function* takersOfACollection(world: World): Routine {
  const { check, system } = world
  const requests = new RequestCollection<string, string>()
  for (const name of ["a", "b", "c"]) requests.add(system.spawn(Sloth).request.linger(name), name)
  const taken: string[] = []
  const takers = [1, 2].map(() =>
    system.spawn(function* (): Routine {
      for (let one = yield* requests.next(); one !== undefined; one = yield* requests.next()) {
        taken.push(`${one.label} ${one.kind === "ok" ? one.value : "failed"}`)
      }
    }),
  )
  onceAnywhere(world, "a taker is killed", () => takers[0]?.exit(ExitReason.kill))
  for (const taker of takers) yield* taker.join()
  for (let one = yield* requests.next(); one !== undefined; one = yield* requests.next()) taken.push(`${one.label} ${one.kind === "ok" ? one.value : "failed"}`)
  check("each answer was taken once", taken.toSorted().join() === "a a,b b,c c")
  check("none is left", requests.size === 0)
}

/** A collection whose time is up when answers come. */
function* lateCollection({ check, system }: World): Routine {
  const requests = new RequestCollection<string, string>()
  for (const name of ["a", "b"]) requests.add(system.spawn(Sloth).request.climb(name, 10), name)
  const taken: string[] = []
  let late = false
  try {
    for (let one = yield* requests.next({ timeoutMs: 10 }); one !== undefined; one = yield* requests.next({ timeoutMs: 0 })) {
      taken.push(one.kind === "ok" ? one.value : "failed")
    }
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
    late = true
  }
  yield* sleep(1)
  check("all is taken, or it was late and the rest is given up", late ? taken.length < 2 : taken.toSorted().join() === "a,b")
  check("none is left", requests.size === 0)
  check("late answers are those that were given up", system.statistics().lateReplies === 2 - taken.length)
}

/** A request that one waits for, another waits for too, and a third gives up. */
function* givenUp(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const sloth = system.spawn(Sloth, { args: [log] })
  const first = sloth.request.linger("first")
  const second = sloth.request.linger("second")
  const outcomes: string[] = []
  let wasOpen = false
  yield* group(function* (members) {
    for (let waiter = 0; waiter < 2; waiter++) {
      members.spawn(function* (): Routine {
        outcomes.push(yield* outcomeOf(second))
      })
    }
    members.spawn(function* (): Routine {
      yield* schedule()
      wasOpen = second.abandon()
    })
  })
  check("the first is answered", (yield* outcomeOf(first)) === "ok first")
  check("all who wait have the same outcome", outcomes.join() === (wasOpen ? "abandoned,abandoned" : "ok second,ok second"))
  check("who asks again is told the same", (yield* outcomeOf(second)) === outcomes[0])
  yield* sloth.stop()
  check("what is given up unread is never begun, what is begun is a late reply", log.includes("second begins") ? system.statistics().lateReplies === (wasOpen ? 1 : 0) : wasOpen)
}

/** Ends itself in a method, whose result is the answer. */
class Shop extends Actor {
  #log!: string[]

  init(log: string[]): void {
    this.#log = log
  }

  *close(): Routine<string> {
    this.stop(ExitReason.custom("evening"))
    yield* schedule()
    return "good night"
  }

  *terminate(): Routine {
    this.#log.push("terminate begins")
    yield* schedule()
    this.#log.push("terminate ends")
  }
}

/** An answer that is owed until terminate has run. */
function* lastAnswer(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const shop = system.spawn(Shop, { args: [log], name: "shop" })
  onceAnywhere(world, "the shop is killed", () => shop.exit(ExitReason.kill))
  const outcomes: string[] = []
  yield* group(function* (callers) {
    for (let caller = 0; caller < 2; caller++) {
      callers.spawn(function* (): Routine {
        const outcome = yield* outcomeOf(shop.call.close())
        if (outcome.startsWith("ok")) check("the answer comes when terminate has run and the name is free", log.includes("terminate ends") && system.whereis("shop") === undefined)
        outcomes.push(outcome)
      })
    }
  })
  check("one is answered at most, the others are told", outcomes.filter((one) => one === "ok good night").length <= 1 && outcomes.every((one) => /^(ok good night|exit|noproc)$/.test(one)))
  const reason = yield* shop.join()
  check("it has ended for its own reason, or was killed", reason.kind === "custom" ? outcomes.includes("ok good night") : reason.kind === "killed")
}

/** A call that is an alternative: it may lose. */
function* losingCalls({ check, system }: World): Routine {
  const log: string[] = []
  const sloth = system.spawn(Sloth, { args: [log] })
  const winners: string[] = []
  yield* group(function* (members) {
    for (const name of ["a", "b"]) {
      members.spawn(function* (): Routine {
        const { key } = yield* select({ [name]: sloth.call.linger(name), late: sleep(0) })
        winners.push(key)
      })
    }
  })
  yield* sloth.stop()
  check("both have a winner", winners.length === 2)
  for (const name of ["a", "b"]) check("who won was handled", !winners.includes(name) || log.includes(`${name} ends`))
  const lost = ["a", "b"].filter((name) => log.includes(`${name} ends`) && !winners.includes(name)).length
  check("only what was handled for nobody is a late reply", system.statistics().lateReplies <= lost)
}

/** A name whose holder is replaced while it is called. */
function* staleName(world: World): Routine {
  const { check, system } = world
  const hive = named(Sloth, "hive", { system })
  const logs: string[][] = []
  const keeper = system.spawn(function* keeper(): Routine {
    for (let life = 0; life < 2; life++) {
      const log: string[] = []
      logs.push(log)
      const one = system.spawn(Sloth, { name: "hive", args: [log] })
      yield* schedule()
      one.exit(ExitReason.shutdown)
      yield* one.join()
    }
  })
  const outcomes: string[] = []
  yield* group(function* (callers) {
    for (const name of ["a", "b"]) {
      callers.spawn(function* (): Routine {
        outcomes.push(`${name} ${yield* outcomeOf(hive.call.linger(name))}`)
      })
    }
  })
  yield* keeper.join()
  check("each call has an outcome", outcomes.length === 2 && outcomes.every((one) => /^(.) (ok \1|exit|noproc)$/.test(one)))
  for (const one of outcomes) {
    const begun = logs.filter((log) => log.includes(`${one.slice(0, 1)} begins`)).length
    check("it was begun by one holder of the name at most", begun <= 1 && (begun === 1 || !one.includes("ok")))
  }
}

export const callScenarios: readonly NamedScenario[] = [
  { name: "an answer that is due in the same millisecond as the time-out comes or is late, not both", scenario: timeoutTies },
  { name: "calls to one that is killed anywhere have one outcome each", scenario: endingCallee(ExitReason.kill) },
  { name: "calls to one that is shut down anywhere have one outcome each", scenario: endingCallee(ExitReason.shutdown) },
  { name: "a caller that is killed anywhere disturbs nobody", scenario: endingCaller },
  { name: "calls that are answered later, by several, have one outcome each", scenario: answersPutOff },
  { name: "re-entrant calls end when one of their chain does", scenario: reentrantCalls },
  { name: "answers of a collection go to one taker each, also if one is killed", scenario: takersOfACollection },
  { name: "a collection whose time is up when answers come loses none of them", scenario: lateCollection },
  { name: "a request that is given up is so for all who wait for it", scenario: givenUp },
  { name: "what stop() in a method returns is answered when terminate has run", scenario: lastAnswer },
  { name: "a call that loses a select is withdrawn or a late reply", scenario: losingCalls },
  { name: "calls by a name reach one holder each while it is replaced", scenario: staleName },
]
