/** Lives: births that fail or are waited for, ends that take their time, and systems that stop in the middle of it. */
import { Actor, ActorError, CallError, ExitReason, ignore, type Process, type Ref, StartError, stop, StopError, System, Task } from "@vivarium/actors"
import { group, type Routine, schedule, sleep } from "@vivarium/core"
import type { Scenario, World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { onceAnywhere } from "./once-anywhere.ts"

type Birth = "well" | "fails" | "ignores" | "stops"

/** Takes its time to be born, and to end. */
class Larva extends Actor {
  #log!: string[]

  *init(log: string[], birth: Birth = "well"): Routine<unknown> {
    this.#log = log
    log.push("init")
    yield* schedule()
    if (birth === "fails") throw new Error("no queen")
    if (birth === "ignores") return ignore
    if (birth === "stops") return stop(ExitReason.custom("later"))
    log.push("born")
    return undefined
  }

  *eat(): Routine<string> {
    this.#log.push("eat")
    yield* schedule()
    return "eaten"
  }

  *terminate(reason: ExitReason): Routine {
    this.#log.push(`terminate ${reason.kind}`)
    yield* schedule()
    this.#log.push("terminated")
  }
}

/** Starts that fail in their own way, or are ended from outside, or by their starter. */
function births(birth: Birth, link: boolean): Scenario {
  return function* (world: World): Routine {
    const { check, system } = world
    const log: string[] = []
    const outcomes: string[] = []
    const parent = system.spawn(
      function* parent(self: Process): Routine {
        try {
          const larva = yield* link ? self.startLink(Larva, { args: [log, birth], name: "larva" }) : self.start(Larva, { args: [log, birth], name: "larva" })
          outcomes.push("started")
          check("it was born", log.includes("born"))
          larva.exit(ExitReason.shutdown)
          yield* larva.join()
        } catch (error) {
          if (!(error instanceof StartError)) throw error
          outcomes.push(`${error.code} ${error.reason.kind}`)
        }
        check("the name is free when it has ended", system.whereis("larva") === undefined)
        if (!link) return
        const { reason } = (yield* self.receive()) as { readonly reason: ExitReason }
        outcomes.push(reason.kind)
      },
      { trapExit: true },
    )
    onceAnywhere(world, "the parent is killed", () => parent.exit(ExitReason.kill))
    onceAnywhere(world, "the larva is shut down", () => system.whereis("larva")?.exit(ExitReason.custom("squashed")))
    const early = system.spawn(function* early(): Routine {
      yield* schedule()
      const larva = system.whereis("larva") as Ref<Larva> | undefined
      if (larva === undefined) return
      try {
        yield* larva.with({ timeoutMs: Infinity }).call.eat()
        check("only who is born eats", birth === "well")
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        check("the callee has ended, or will", !larva.alive)
      }
    })
    const reason = yield* parent.join()
    yield* early.join()
    if (reason.kind === "killed") system.whereis("larva")?.exit(ExitReason.shutdown)
    while (system.processes.length > 0) yield* sleep(1)
    const expected = { well: "started", fails: "init_failed error", ignores: "ignore ignore", stops: "init_failed custom" }[birth]
    check("the starter is told what became of it", reason.kind === "killed" || outcomes[0] === expected || outcomes[0] === "exit custom")
    const linked: Record<string, string> = { started: log.includes("terminate custom") ? "custom" : "shutdown", "init_failed error": "error", "ignore ignore": "normal", "init_failed custom": "custom", "exit custom": "custom" }
    if (link) check("the link tells the same", outcomes.length < 2 || outcomes[1] === linked[outcomes[0] as string] || outcomes[1] === "custom")
    check("terminate runs for who was born, to its end", log.filter((one) => one === "terminated").length === (log.some((one) => one.startsWith("terminate ")) ? 1 : 0))
    check("it does not run for who was not", log.includes("born") || !log.includes("terminated"))
  }
}

/** A birth in the millisecond of its time-out. */
function* lateBirth(world: World): Routine {
  const { check, system } = world
  let bornAt = -1
  class Slow extends Actor {
    *init(): Routine {
      yield* sleep(10)
      bornAt = world.clock.now()
    }
  }
  let outcome = ""
  try {
    const slow = yield* system.start(Slow, { startTimeoutMs: 10, name: "slow" })
    outcome = "started"
    check("it was born", bornAt === 10 && slow.alive)
    yield* slow.stop()
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    outcome = error.code
    check("it is gone", system.whereis("slow") === undefined && system.processes.length === 0)
  }
  check("it was started or came too late", outcome === "started" || outcome === "timeout")
}

/** A linked birth that takes too long: the starter is told by its error, and by nothing else. */
function* lateLinkedBirth({ check, system }: World): Routine {
  class Slow extends Actor {
    *init(): Routine {
      yield* sleep(10)
    }
  }
  const parent = system.spawn(
    function* parent(self: Process<unknown>): Routine {
      let isLate = false
      try {
        const slow = yield* self.startLink(Slow, { startTimeoutMs: 10 })
        slow.exit(ExitReason.shutdown)
      } catch (error) {
        if (!(error instanceof StartError)) throw error
        isLate = error.code === "timeout"
      }
      self.sendAfter(1, "end")
      let exits = 0
      for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) exits++
      check("an Exit comes from one that was started, and from no other", exits === (isLate ? 0 : 1))
    },
    { trapExit: true },
  )
  yield* parent.join()
}

/** A raw process that is stopped by two, and may end before. */
function* stoppedRaw(world: World): Routine {
  const { check, system } = world
  const raw = system.spawn(function* raw(self: Process<string>): Routine {
    yield* self.receive()
  })
  onceAnywhere(world, "it comes to its end", () => void raw.send("end"))
  const outcomes: string[] = []
  yield* group(function* (members) {
    for (let member = 0; member < 2; member++) {
      members.spawn(function* (): Routine {
        try {
          yield* raw.stop()
          outcomes.push("stopped")
        } catch (error) {
          if (!(error instanceof StopError)) throw error
          outcomes.push(`${error.code} ${error.reason.kind}`)
        }
      })
    }
  })
  check("each is told how it has ended", outcomes.length === 2 && outcomes.every((one) => /^(stopped|exit (normal|shutdown)|noproc noproc)$/.test(one)))
  check("it has ended", !raw.alive)
}

/** Stops with a limit, several at once, of one that takes its time or raises at the end. */
function stops(raises: boolean): Scenario {
  return function* (world: World): Routine {
    const { check, system } = world
    class Clumsy extends Larva {
      override *terminate(reason: ExitReason): Routine {
        yield* super.terminate(reason)
        yield* sleep(10)
        if (raises) throw new Error("drops everything")
      }
    }
    const log: string[] = []
    const crashes: unknown[] = []
    system.events.on("crash", (report) => void crashes.push(report))
    const clumsy = system.spawn(Clumsy, { args: [log] })
    const request = clumsy.request.eat()
    let isStruck = false
    onceAnywhere(world, "it is shut down besides", () => {
      isStruck = clumsy.alive
      clumsy.exit(ExitReason.shutdown)
    })
    const outcomes: string[] = []
    yield* group(function* (members) {
      for (const timeoutMs of [10, Infinity]) {
        members.spawn(function* (): Routine {
          try {
            yield* clumsy.stop(ExitReason.normal, { timeoutMs })
            outcomes.push("stopped")
          } catch (error) {
            if (!(error instanceof StopError)) throw error
            outcomes.push(`${error.code} ${error.reason.kind}`)
          }
        })
      }
    })
    const reason = yield* clumsy.join()
    check("each has an outcome", outcomes.length === 2)
    const isBorn = log.includes("born")
    const expected = raises && isBorn ? "error" : isStruck ? reason.kind : "normal"
    check("an error in terminate is the reason; else what was first", reason.kind === expected && /^(normal|shutdown|error)$/.test(reason.kind))
    const told = reason.kind === "normal" ? "stopped" : `exit ${reason.kind}`
    check("who stops it is told how it has ended", outcomes.every((one) => one === told || one === "timeout timeout" || one === "noproc noproc"))
    check("a crash is reported once", crashes.length === (reason.kind === "error" ? 1 : 0))
    let answer = "eaten"
    try {
      answer = yield* request
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      answer = error.code
    }
    check("what it had to read before is handled, unless a signal was faster", answer === "eaten" || (isStruck && answer === "exit"))
  }
}

/** Begets others as long as it can. */
class Queen extends Actor {
  #log!: string[]

  init(log: string[], depth: number): void {
    this.#log = log
    this.trapExit = depth === 2
    if (depth > 0) this.continueWith(() => this.#beget(depth))
  }

  *#beget(depth: number): Routine {
    yield* schedule()
    this.#log.push(`${depth} begets`)
    this.spawnLink(Queen, { args: [this.#log, depth - 1] })
    this.spawn(function* drone(self: Process): Routine {
      yield* self.receive()
    })
    this.sendAfter(5, "tick", { everyMs: 5 })
    yield* Task.await(Task.async(() => schedule()))
  }

  info(_tick: string): void {}

  *terminate(): Routine {
    yield* schedule()
    this.#log.push("terminated")
  }
}

/** A system that stops while its processes are born, crash and wait for each other. */
function* systemStops(world: World): Routine {
  const { check, scheduler } = world
  const system = new System({ scheduler, log: false, messageBudget: 1, shutdownMs: 20 })
  const log: string[] = []
  const queens = [1, 2].map((depth) => system.spawn(Queen, { args: [log, depth], name: `queen ${depth}` }))
  onceAnywhere(world, "a queen is killed", () => queens[1]?.exit(ExitReason.kill))
  yield* schedule()
  yield* group(function* (members) {
    for (const turns of [0, 3]) {
      members.spawn(function* (): Routine {
        for (let turn = 0; turn < turns; turn++) yield* schedule()
        yield* system.stop()
        check("nothing is left", system.processes.length === 0 && system.names.length === 0)
      })
    }
    members.spawn(function* (): Routine {
      yield* schedule()
      try {
        yield* system.start(Queen, { args: [log, 0] })
      } catch (error) {
        check("it comes too late", (error instanceof ActorError && error.code === "no_system") || error instanceof StartError)
      }
    })
  })
  const { ended, spawned } = system.statistics()
  check("who was born has ended", ended === spawned)
  check("no timer is left", scheduler.statistics().timers === 0)
}

/** A system with one that never lets go, and a deadline. */
function* deadline({ check, clock, scheduler }: World): Routine {
  const system = new System({ scheduler, log: false, messageBudget: 1, shutdownMs: 10 })
  const overdue: unknown[] = []
  const cleaned: string[] = []
  system.events.on("stopOverdue", ({ ref }) => void overdue.push(ref))
  const stubborn = [0, 1].map(() =>
    system.spawn(function* stubborn(): Routine {
      for (;;) {
        try {
          yield* sleep(1000)
        } finally {
          cleaned.push("finally")
          yield* sleep(1000)
          cleaned.push("never")
        }
      }
    }),
  )
  const polite = system.spawn(function* polite(): Routine {
    try {
      yield* sleep(1000)
    } finally {
      yield* sleep(10)
      cleaned.push("polite")
    }
  })
  yield* sleep(1)
  const begin = clock.now()
  yield* system.stop({ deadlineMs: 15 })
  check("it stops in its time", clock.now() - begin <= 15)
  check("none lives", [...stubborn, polite].every(({ alive }) => !alive) && system.processes.length === 0)
  check("those are told that had to be killed", overdue.length >= 2 && overdue.includes(stubborn[0]) && overdue.includes(stubborn[1]))
  check("who is killed is not waited for", !cleaned.includes("never"))
}

/** An async method waits for promises. */
class Courier extends Actor {
  async deliver(log: string[], to: Ref<Courier> | null): Promise<string> {
    log.push("begins")
    await Promise.resolve()
    const answer = to === null ? "delivered" : await to.with({ from: this }).call.deliver(log, null)
    log.push("ends")
    return answer
  }

  terminate(): void {}
}

/** Async methods that call one another, whose actors end meanwhile. */
function asyncMethods(reason: ExitReason): Scenario {
  return function* (world: World): Routine {
    const { check, system } = world
    const log: string[] = []
    const couriers = [system.spawn(Courier), system.spawn(Courier)] as const
    onceAnywhere(world, "the first is struck", () => couriers[0].exit(reason))
    const outcomes: string[] = []
    yield* group(function* (callers) {
      for (let caller = 0; caller < 2; caller++) {
        callers.spawn(function* (): Routine {
          try {
            outcomes.push(yield* couriers[0].call.deliver(log, couriers[1]))
          } catch (error) {
            if (!(error instanceof CallError)) throw error
            outcomes.push(error.code)
          }
        })
      }
    })
    check("each call has an outcome", outcomes.length === 2 && outcomes.every((one) => /^(delivered|exit|noproc)$/.test(one)))
    const delivered = outcomes.filter((one) => one === "delivered").length
    check("an answer is of a method that was brought to its end", log.filter((one) => one === "ends").length >= 2 * delivered)
    yield* couriers[1].stop()
  }
}

export const lifeScenarios: readonly NamedScenario[] = [
  ...(["well", "fails", "ignores", "stops"] as const).flatMap((birth): NamedScenario[] => [
    { name: `a start is waited for, whoever ends meanwhile (init: ${birth})`, scenario: births(birth, false) },
    { name: `a linked start is waited for, whoever ends meanwhile (init: ${birth})`, scenario: births(birth, true) },
  ]),
  { name: "a birth in the millisecond of its time-out", scenario: lateBirth },
  { name: "a linked birth that takes too long leaves no message", scenario: lateLinkedBirth },
  { name: "a raw process that is stopped as it ends", scenario: stoppedRaw },
  { name: "stops of one actor tell all how it has ended", scenario: stops(false) },
  { name: "stops of one that raises at its end tell all how it has ended", scenario: stops(true) },
  { name: "a system that stops while processes are born leaves nothing", scenario: systemStops },
  { name: "a system that stops kills at its deadline who does not let go", scenario: deadline },
  { name: "async methods of one that is killed have one outcome each", scenario: asyncMethods(ExitReason.kill), options: { promises: true } },
  { name: "async methods of one that is shut down have one outcome each", scenario: asyncMethods(ExitReason.shutdown), options: { promises: true } },
]
