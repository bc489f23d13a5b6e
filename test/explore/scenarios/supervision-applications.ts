/** Applications: boot, shutdown and its deadline, in a program that the scenario plays, while anything fails or comes too early. */
import { ExitReason } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { type Application, ApplicationError, application, supervisor } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { Ledger, moment, type Plot, slowly, Stung, worker } from "./supervision-ledger.ts"

/** The program around an application: its signals, and what becomes of it. */
class Program {
  readonly codes: number[] = []
  readonly env = {}
  holders = 0
  private readonly listeners = new Set<() => void>()

  on(_signal: string, listener: () => void): void {
    this.listeners.add(listener)
  }

  off(_signal: string, listener: () => void): void {
    this.listeners.delete(listener)
  }

  print(): void {}

  hold(): () => void {
    this.holders++
    return () => void this.holders--
  }

  setExitCode(code: number): void {
    this.codes.push(code)
  }

  exitSoon(): void {}

  /** Somebody sends a signal. */
  send(): void {
    for (const listener of this.listeners) listener()
  }

  get heeds(): boolean {
    return this.listeners.size > 0
  }
}

interface Stage {
  readonly app: Application
  readonly program: Program
  /** What has been called, in order. */
  readonly log: string[]
  readonly ledger: Ledger
}

/** An application of two workers, whose functions enter themselves, and may fail where the schedule says so. */
function stage(world: World, plots: Readonly<Record<string, Plot>> = {}, fails: readonly string[] = [], trapExit = false): Stage {
  const log: string[] = []
  const program = new Program()
  const step = (name: string) =>
    function* (): Routine {
      log.push(name)
      yield* schedule()
      if (fails.includes(name) && world.fault(`${name} fails`)) {
        log.push(`${name} fails`)
        throw new Stung(name)
      }
    }
  const app = application({
    name: "meadow",
    start: step("start"),
    top: () => supervisor({ maxRestarts: 0, children: ["a", "b"].map((id) => worker(ledger, id, { plot: plots[id] ?? slowly, shutdownMs: "infinity", trapExit })) }),
    phases: { dawn: step("dawn"), noon: step("noon") },
    prepStop: step("prepStop"),
    stop: step("stop"),
    signals: ["SIGTERM"],
    deadlineMs: 100,
    system: { scheduler: world.scheduler, log: false, messageBudget: 1 },
    host: program,
  })
  // Its system is one of its own, on the scheduler of the world.
  const ledger: Ledger = new Ledger({ check: world.check, system: app.system })
  return { app, log, program, ledger }
}

/** What holds at the end of all of them. */
function judge({ check, scheduler }: World, { app, ledger, log, program }: Stage): void {
  check("it has ended", app.state === "stopped" && app.outcome !== undefined)
  check("nobody is left", ledger.alive === "" && app.system.processes.length === 0)
  check("no timer is left", scheduler.statistics().timers === 0)
  check("nothing holds the program", program.holders === 0 && !program.heeds)
  check("each function was called once at most", new Set(log).size === log.length)
  const place = (name: string): number => log.indexOf(name)
  const called = log.filter((name) => !name.endsWith("fails"))
  check("in their order", called.every((name, index) => index === 0 || place(name) > place(called[index - 1] as string)))
  check("in the order of the guide", called.join() === ["start", "dawn", "noon", "prepStop", "stop"].filter((name) => called.includes(name)).join())
}

function* started(app: Application): Routine<string> {
  try {
    yield* app.start()
    return "started"
  } catch (error) {
    if (!(error instanceof ApplicationError)) throw error
    return error.code
  }
}

export const applicationScenarios: readonly NamedScenario[] = [
  {
    name: "stopped at any moment of its boot: what was started is stopped in reverse order",
    *scenario(world) {
      const one = stage(world)
      const starter = tasklet({ name: "starter" }, () => started(one.app))
      yield* moment(world, 12)
      const { code } = yield* one.app.stop()
      const outcome = yield* starter
      world.check("in order", code === 0)
      world.check("started, or told that it was stopped", ["started", "stopped", "already_started"].includes(outcome))
      if (one.log.includes("dawn")) world.check("what was opened is closed", one.log.at(-1) === "stop")
      if (outcome === "already_started") return
      judge(world, one)
    },
  },
  {
    name: "each of its functions may fail, and a child, too: the rest is stopped, and the exit code tells",
    *scenario(world) {
      let killed = false
      const one = stage(world, {}, ["start", "dawn", "noon", "prepStop", "stop"])
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 14)
        const [a] = one.app.system.processes.filter((ref) => String(ref).startsWith("Worker"))
        if (!world.fault("a is killed") || a === undefined) return
        killed = true
        a.exit(ExitReason.kill)
      })
      const outcome = yield* started(one.app)
      const { code, failures } = yield* one.app.stop()
      yield* villain
      const failed = one.log.filter((name) => name.endsWith("fails"))
      const early = ["start fails", "dawn fails", "noon fails"].some((name) => failed.includes(name))
      if (early) world.check("not started", outcome === "failed_start" && code === 1)
      else if (!killed) world.check("the code tells of what has failed", outcome === "started" && code === (failed.length > 0 ? 1 : 0))
      world.check("failures of the end are kept", failures.length === failed.filter((name) => name === "prepStop fails" || name === "stop fails").length)
      world.check("what was opened is closed, and nothing else", one.log.includes("stop") === !failed.includes("start fails"))
      judge(world, one)
    },
  },
  {
    name: "a child does not end: at the deadline what is left is killed, in the very millisecond in which it might have ended",
    *scenario(world) {
      const endless: Plot = {
        *terminate(): Routine {
          yield* sleep(100)
        },
      }
      const one = stage(world, { a: endless })
      yield* started(one.app)
      const { code } = yield* one.app.stop()
      world.check("in time, or killed", code === 0 || code === 4)
      world.check("no later", world.clock.now() === 100)
      judge(world, one)
    },
  },
  {
    name: "stopped in its boot, while an init or its clean-up takes long: what is left is killed at the deadline, and nobody else is started",
    *scenario(world) {
      const cleanUp = world.fault("its clean-up")
      // One that traps exits is not interrupted: its init comes to its end.
      const traps = !cleanUp && world.fault("it traps exits")
      const lasting = function* (): Routine {
        yield* sleep(traps ? 50 : 1_000)
      }
      const one = stage(world, { a: cleanUp ? { ...slowly, terminate: lasting } : { init: lasting } }, [], traps)
      const starter = tasklet({ name: "starter" }, () => started(one.app))
      if (!world.fault("at once")) yield* sleep(1)
      yield* moment(world, 4)
      const begin = world.clock.now()
      const { code } = yield* one.app.stop()
      yield* starter
      world.check("in time", world.clock.now() - begin <= 100 && (code === 4 || code === 0))
      if (!cleanUp) world.check("nobody is started behind it", one.ledger.starts("b") === 0)
      world.check("nobody is left", one.ledger.alive === "" && one.app.system.processes.length === 0 && world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "the tree gives up while it is told to stop: it ends once, with one code",
    *scenario(world) {
      const one = stage(world)
      yield* started(one.app)
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 4)
        const [, a] = one.app.system.processes
        a?.exit(ExitReason.kill)
      })
      const stoppers = [1, 2].map((number) =>
        tasklet({ name: `stopper ${number}` }, function* (): Routine<number> {
          yield* moment(world, 2)
          return (yield* one.app.stop()).code
        }),
      )
      const codes: number[] = []
      for (const stopper of stoppers) codes.push(yield* stopper)
      yield* villain
      world.check("both are told the same", codes[0] === codes[1] && [0, 3].includes(codes[0] as number))
      world.check("all was called", one.log.join() === "start,dawn,noon,prepStop,stop")
      judge(world, one)
    },
  },
  {
    name: "a signal comes at any moment of its life, and a second one kills it",
    *scenario(world) {
      const one = stage(world)
      const runner = tasklet({ name: "runner" }, () => one.app.run())
      const sender = tasklet({ name: "sender" }, function* (): Routine {
        while (!one.program.heeds) yield* schedule()
        yield* moment(world, 12)
        one.program.send()
        for (let turn = 0; turn < 4; turn++) {
          yield* schedule()
          if (!world.fault("a second signal")) continue
          one.program.send()
          break
        }
      })
      yield* sender
      const code = yield* runner
      world.check("in order, or killed", code === 0 || code === 4)
      world.check("the program is told", one.program.codes.join() === String(code))
      if (code === 0) judge(world, one)
      else world.check("nobody is left", one.ledger.alive === "" && world.scheduler.statistics().timers === 0 && one.program.holders === 0)
    },
  },
  {
    name: "its functions ask for its end themselves, from a phase, a child and another child's end",
    *scenario(world) {
      const asking: Plot = {
        *init(): Routine {
          yield* schedule()
          if (world.fault("a asks")) one.app.requestStop()
        },
        terminate() {
          one.app.requestStop()
        },
      }
      const one = stage(world, { a: asking })
      const outcome = yield* started(one.app)
      if (world.fault("b is killed")) {
        const b = one.app.system.processes.at(-1)
        b?.exit(ExitReason.kill)
      }
      yield* moment(world, 2)
      yield* one.app.stop()
      world.check("started, or stopped before", ["started", "stopped"].includes(outcome))
      judge(world, one)
    },
  },
]
