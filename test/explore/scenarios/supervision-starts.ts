/** Starts that fail, are cancelled, or hang: what was started is stopped again, and nobody waits for ever. */
import { CallError, ExitReason, ignore, named, StartError, stop } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { FailedToStart, type Strategy, Supervisor, supervisor } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, type Plot, slowly, Stung, Worker, worker } from "./supervision-ledger.ts"

const STRATEGIES: readonly Strategy[] = ["one_for_one", "one_for_all", "rest_for_one"]
const IDS = ["a", "b", "c"]

/** An `init` that may go wrong in any way, if the schedule says so. */
function anything(world: World, notes: string[], id: string, from = 1): Plot {
  return {
    *init(attempt): Routine<unknown> {
      if (attempt < from) return undefined
      yield* schedule()
      if (world.fault(`init of ${id} fails`)) {
        notes.push(`${id} fails`)
        throw new Stung(id)
      }
      if (world.fault(`init of ${id} returns ignore`)) {
        notes.push(`${id} ignores`)
        return ignore
      }
      if (world.fault(`init of ${id} stops`)) {
        notes.push(`${id} stops`)
        return stop(ExitReason.shutdownWith("no pollen"))
      }
      notes.push(`${id} runs`)
      return undefined
    },
  }
}

function restartsOf(strategy: Strategy): NamedScenario {
  return {
    name: `${strategy}: at a restart each init may fail, ignore or stop: all run, are ignored, or it gives up`,
    *scenario(world) {
      const ledger = new Ledger(world, { ids: IDS, strategy })
      const notes: string[] = []
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 2, children: IDS.map((id) => worker(ledger, id, { plot: anything(world, notes, id, 2) })) }))
      top.child("b", Worker)?.cast.crash()
      yield* moment(world, 3)
      if (top.alive) top.child("a", Worker)?.cast.crash()
      yield* sleep(10)
      if (!top.alive) {
        world.check("it has given up, and nobody is left", ledger.alive === "" && notes.some((note) => !note.endsWith("runs")))
        return
      }
      for (const id of IDS) {
        const ignored = notes.findLast((note) => note.startsWith(id)) === `${id} ignores`
        world.check(`${id} runs, or was ignored`, ledger.lives(id) !== ignored && top.child(id)?.alive === (ignored ? undefined : true))
      }
    },
  }
}

const firstStarts: readonly NamedScenario[] = [
  {
    name: "at the first start each init may fail, ignore or stop, while one that runs fails: it runs, or is taken back",
    *scenario(world) {
      const ledger = new Ledger(world, { ids: IDS, strategy: "one_for_all" })
      const notes: string[] = []
      const rash: Plot = {
        init(attempt, self) {
          if (attempt === 1 && world.fault("a fails as soon as it runs")) self.cast.crash()
        },
      }
      const children = [worker(ledger, "a", { plot: rash }), ...["b", "c"].map((id) => worker(ledger, id, { plot: anything(world, notes, id) }))]
      const outcome = yield* asked(() => world.system.start(supervisor({ strategy: "one_for_all", maxRestarts: 1, children })))
      if (outcome !== "done") {
        world.check("one has failed or stopped", outcome === "init_failed" && notes.some((note) => note.endsWith("fails") || note.endsWith("stops")))
        world.check("all was taken back", ledger.alive === "" && world.system.processes.length === 0)
      }
      yield* sleep(10)
    },
  },
  {
    name: "a start that fails names the child and the cause, through two levels, whatever else fails meanwhile",
    *scenario(world) {
      const ledger = new Ledger(world)
      const cause = new Stung("no wings")
      const late: Plot = {
        *init(): Routine {
          yield* schedule()
          throw cause
        },
      }
      const inner = supervisor({ id: "inner", children: [worker(ledger, "a", { name: "a", plot: slowly }), worker(ledger, "b", { plot: late })] })
      for (const name of ["a", "c"]) {
        tasklet({ name: `villain of ${name}` }, function* (): Routine {
          yield* moment(world, 6)
          if (world.system.whereis(name) !== undefined) named(Worker, name).cast.crash()
        })
      }
      try {
        yield* world.system.start(supervisor({ children: [worker(ledger, "c", { name: "c", plot: slowly }), inner] }))
        world.check("it was started", false)
      } catch (error) {
        if (!(error instanceof StartError)) throw error
        const detail = error.reason.kind === "shutdown" ? error.reason.detail : undefined
        world.check("of the outer one", detail instanceof FailedToStart && detail.id === "inner")
        const below = (detail as FailedToStart).reason
        world.check("of the inner one", below.kind === "shutdown" && below.detail instanceof FailedToStart && below.detail.id === "b")
        let last: unknown = error
        while (last instanceof StartError) last = last.cause
        world.check("down to the first cause", last === cause)
      }
      world.check("all was taken back", ledger.alive === "" && world.system.processes.length === 0)
    },
  },
  {
    name: "the supervisor is killed at any moment of its start",
    *scenario(world) {
      const ledger = new Ledger(world, { ids: IDS, strategy: "one_for_one" })
      const inner = supervisor({ id: "inner", children: [worker(ledger, "b", { plot: slowly }), worker(ledger, "c", { plot: slowly })] })
      const tree = supervisor({ name: "top", children: [worker(ledger, "a", { plot: slowly }), inner] })
      const starter = tasklet({ name: "starter" }, () => asked(() => world.system.start(tree)))
      yield* moment(world, 10)
      world.system.whereis("top")?.exit(ExitReason.kill)
      const outcome = yield* starter
      world.check("it was started, or was killed", outcome === "done" || outcome === "exit")
      yield* sleep(10)
      if (world.system.whereis("top") === undefined) world.check("nobody is left", ledger.alive === "" && world.system.processes.length === 0)
      else world.check("it was not touched", ledger.alive === "abc")
    },
  },
  {
    name: "the system is stopped at any moment of a start",
    *scenario(world) {
      const ledger = new Ledger(world, { ids: IDS, strategy: "one_for_one" })
      const inner = supervisor({ id: "inner", children: [worker(ledger, "b", { plot: slowly }), worker(ledger, "c", { plot: slowly })] })
      const tree = supervisor({ children: [worker(ledger, "a", { plot: slowly }), inner] })
      const starter = tasklet({ name: "starter" }, () => asked(() => world.system.start(tree)))
      yield* moment(world, 10)
      yield* world.system.stop()
      const outcome = yield* starter
      world.check("it was started, or it was not", ["done", "exit", "init_failed", "no_system"].includes(outcome))
      world.check("nobody is left", ledger.alive === "" && world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "an init that is done in the very millisecond of its time-out is in time, or is killed and all is taken back",
    *scenario(world) {
      const ledger = new Ledger(world, { ids: IDS, strategy: "rest_for_one" })
      const hanging: Plot = {
        *init(attempt): Routine {
          yield* sleep(10 * attempt)
        },
      }
      const children = [worker(ledger, "a"), worker(ledger, "b", { plot: hanging, startTimeoutMs: 10 }), worker(ledger, "c", { plot: slowly })]
      const starter = tasklet({ name: "starter" }, () => asked(() => world.system.start(supervisor({ name: "top", strategy: "rest_for_one", children }))))
      const outcome = yield* starter
      if (outcome !== "done") {
        world.check("in time", outcome === "init_failed" && ledger.alive === "" && world.clock.now() === 10)
        return
      }
      const top = world.system.whereis("top")
      world.check("the init was in time", top?.alive === true && ledger.alive === "abc")
    },
  },
  {
    name: "a restart that hangs holds up its supervisor until it is killed; then what has come meanwhile is done",
    *scenario(world) {
      const ledger = new Ledger(world, { ids: [...IDS, "d"], strategy: "one_for_all" })
      const hanging: Plot = {
        *init(attempt): Routine {
          if (attempt === 2) yield* sleep(1_000)
        },
      }
      const children = [worker(ledger, "a"), worker(ledger, "b", { plot: hanging, startTimeoutMs: 10 }), worker(ledger, "c", { plot: slowly })]
      const top = yield* world.system.start(supervisor({ strategy: "one_for_all", children }))
      top.child("b", Worker)?.cast.crash()
      const hand = tasklet({ name: "hand" }, function* (): Routine<string> {
        yield* moment(world, 3)
        return yield* asked(() => top.startChild(worker(ledger, "d", { plot: slowly })))
      })
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* sleep(10)
        top.child("a", Worker)?.cast.crash()
      })
      yield* villain
      const outcome = yield* hand
      yield* sleep(10)
      world.check("all run", outcome === "done" && ledger.alive === "abcd" && top.countChildren().active === 4)
    },
  },
  {
    name: "who asks its own supervisor, or a neighbour that asks it, from init is told of the circle: nobody waits for ever",
    *scenario(world) {
      const ledger = new Ledger(world)
      const codes: string[] = []
      const top = named(Supervisor, "top")
      const asking: Plot = {
        *init(): Routine {
          codes.push(yield* asked(() => top.terminateChild("a")))
        },
      }
      const calling: Plot = {
        *init(): Routine {
          yield* schedule()
          try {
            yield* named(Worker, "a").call.ping()
          } catch (error) {
            if (!(error instanceof CallError)) throw error
            codes.push(error.code)
          }
        },
      }
      const children = [worker(ledger, "a", { name: "a" }), worker(ledger, "b", { plot: asking }), worker(ledger, "c", { plot: calling })]
      const starter = tasklet({ name: "starter" }, () => asked(() => world.system.start(supervisor({ name: "top", children }))))
      yield* moment(world, 4)
      const a = world.system.whereis("a")
      if (a !== undefined) named(Worker, "a").cast.perform(() => asked(() => top.startChild(worker(ledger, "d"))))
      const outcome = yield* starter
      yield* sleep(10)
      world.check("all run", outcome === "done" && ["a", "b", "c"].every((id) => ledger.lives(id)))
      world.check("b was told", codes[0] === "call_cycle" && codes.slice(1).every((code) => code === "call_cycle"))
      world.check("d was started, or a was told", a === undefined ? !ledger.lives("d") : true)
    },
  },
]

export const startScenarios: readonly NamedScenario[] = [...firstStarts, ...STRATEGIES.map(restartsOf)]
