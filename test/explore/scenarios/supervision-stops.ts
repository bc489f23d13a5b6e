/** Stops: in reverse order, each child in its way and within its time, whatever else happens meanwhile. */
import { ExitReason, named, StopError } from "@vivarium/actors"
import { type Routine, sleep, tasklet } from "@vivarium/core"
import { child, dynamicSupervisor, type DynamicSupervisorRef, type Shutdown, Supervisor, supervisor, type SupervisorRef } from "@vivarium/supervision"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, type Plot, Stung, Worker, worker } from "./supervision-ledger.ts"

/** A clean-up that takes a time of the clock. */
function takes(ms: number): Plot {
  return {
    *terminate(): Routine {
      yield* sleep(ms)
    },
  }
}

const raising: Plot = {
  terminate() {
    throw new Stung("in its clean-up")
  },
}

/** Waits until it has ended, however that came about. */
function* stopped(top: SupervisorRef | DynamicSupervisorRef): Routine {
  try {
    yield* top.stop(ExitReason.shutdown)
  } catch (error) {
    if (!(error instanceof StopError)) throw error
  }
}

interface Way {
  readonly id: string
  readonly shutdownMs: Shutdown
  readonly plot: Plot
  /** How long it takes, and with which report it ends. */
  readonly ms: number
  readonly report: "child_stopped" | "shutdown_error"
}

const WAYS: readonly Way[] = [
  { id: "a", shutdownMs: "infinity", plot: takes(70), ms: 70, report: "child_stopped" },
  { id: "b", shutdownMs: 20, plot: takes(100), ms: 20, report: "shutdown_error" },
  { id: "c", shutdownMs: 1_000, plot: raising, ms: 0, report: "shutdown_error" },
  { id: "d", shutdownMs: "brutal_kill", plot: takes(100), ms: 0, report: "child_stopped" },
]

export const stopScenarios: readonly NamedScenario[] = [
  {
    name: "each in its way: one takes long, one is late, one raises, one is killed; another one fails at some moment",
    *scenario(world) {
      const ledger = new Ledger(world, { ids: ["a", "b", "c", "d"], strategy: "one_for_one" })
      const told = new Map<unknown, string>()
      const top = yield* world.system.start(supervisor({ children: WAYS.map(({ id, plot, shutdownMs }) => worker(ledger, id, { plot, shutdownMs })) }))
      world.system.events.on("supervisor", ({ context, offender }) => void told.set(offender?.id, context))
      const hit = world.fault("c, not a") ? "c" : "a"
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 5)
        if (top.alive) top.child(hit, Worker)?.cast.crash()
      })
      yield* moment(world, 2)
      const begin = world.clock.now()
      yield* stopped(top)
      // Whom the villain has hit in time had its clean-up before, or is stopped as another one.
      const ms = world.clock.now() - begin
      world.check("each has its time, and no more", ms >= 20 && ms <= 160 && ledger.alive === "")
      for (const { id, report } of WAYS) world.check(`the report of ${id}`, told.get(id) === report || (id === hit && told.has(id)))
      yield* villain
    },
  },
  {
    name: "a child ends by itself in the very millisecond in which its time is up",
    *scenario(world) {
      const ledger = new Ledger(world, { ids: ["a", "b"], strategy: "one_for_one" })
      const told: string[] = []
      const top = yield* world.system.start(supervisor({ children: [worker(ledger, "a", { shutdownMs: 10, plot: takes(10) }), worker(ledger, "b", { shutdownMs: 10, plot: takes(10) })] }))
      world.system.events.on("supervisor", ({ context, reason }) => void told.push(`${context} ${reason.kind}`))
      yield* stopped(top)
      world.check("in time, or killed, and told once", told.length === 2 && told.every((one) => one === "child_stopped shutdown" || one === "shutdown_error killed"))
      world.check("no later", world.clock.now() === 20 && world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "who asks its own supervisor from its clean-up, or while it is stopped, never waits for ever",
    *scenario(world) {
      const ledger = new Ledger(world)
      const codes: string[] = []
      const top = named(Supervisor, "top")
      const clinging: Plot = {
        *terminate(): Routine {
          codes.push(yield* asked(() => top.startChild(worker(ledger, "late"))))
        },
      }
      const children = ["a", "b"].map((id) => worker(ledger, id, { plot: clinging, shutdownMs: "infinity" }))
      const real = yield* world.system.start(supervisor({ name: "top", children }))
      const b = real.child("b", Worker)
      const asker = tasklet({ name: "asker" }, function* (): Routine {
        yield* moment(world, 4)
        b?.cast.perform(() => asked(() => top.terminateChild("a")))
      })
      yield* moment(world, 3)
      yield* asked(() => real.terminateChild("b"))
      yield* asker
      yield* stopped(real)
      world.check("nobody is left", ledger.alive === "" && !ledger.lives("late"))
      world.check("told of the circle, or of the end", codes.length === 2 && codes.every((code) => code === "call_cycle" || code === "ended"))
    },
  },
  {
    name: "children of a dynamic supervisor ask it from their clean-ups, all at once",
    *scenario(world) {
      const ledger = new Ledger(world)
      const codes: string[] = []
      const top = yield* world.system.start(dynamicSupervisor({}))
      const clinging: Plot = {
        *terminate(): Routine {
          codes.push(yield* asked(() => top.startChild(worker(ledger, "late"))))
        },
      }
      for (const id of ["a", "b"]) yield* top.startChild(worker(ledger, id, { plot: clinging, shutdownMs: "infinity" }))
      const [b, a] = top.whichChildren()
      const asker = tasklet({ name: "asker" }, function* (): Routine {
        yield* moment(world, 4)
        if (b?.ref?.alive === true) named(Worker, "b").cast.ping()
        yield* asked(() => top.terminateChild(a?.ref as never))
      })
      yield* moment(world, 4)
      yield* stopped(top)
      yield* asker
      world.check("nobody is left", ledger.alive === "")
      world.check("told of the circle, or of the end", codes.length === 2 && codes.every((code) => code === "call_cycle" || code === "ended"))
    },
  },
  {
    name: "stopped by two at once, and killed by a third at any moment: all see its end, and nobody is left",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ children: ["a", "b"].map((id) => worker(ledger, id, { shutdownMs: 50, plot: takes(20) })) }))
      const stoppers = [1, 2].map((number) =>
        tasklet({ name: `stopper ${number}` }, function* (): Routine {
          yield* moment(world, 2)
          yield* stopped(top)
          world.check("it has ended", !top.alive)
        }),
      )
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* moment(world, 6)
        if (world.fault("late")) yield* sleep(30)
        top.exit(ExitReason.kill)
      })
      for (const one of [...stoppers, killer]) yield* one
      yield* sleep(100)
      world.check("nobody is left", ledger.alive === "" && world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "raw processes, with and without traps, end with their supervisor, be it stopped or killed",
    *scenario(world) {
      const living = new Set<string>()
      const raw = (id: string) =>
        child(
          function* (self): Routine {
            living.add(id)
            try {
              for (;;) {
                const message = yield* self.receive()
                if (message === "stop") return
              }
            } finally {
              living.delete(id)
            }
          },
          { id, trapExit: id !== "a", shutdownMs: 10, restart: "transient" },
        )
      const top = yield* world.system.start(supervisor({ children: ["a", "b", "c"].map(raw) }))
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 3)
        if (top.alive) top.child("b")?.send("stop")
      })
      yield* moment(world, 3)
      if (world.fault("killed")) {
        top.exit(ExitReason.kill)
        yield* top.join()
      } else yield* stopped(top)
      yield* villain
      yield* sleep(50)
      world.check("nobody is left", living.size === 0 && world.system.processes.length === 0)
    },
  },
  ...(["one_for_one", "rest_for_one"] as const).map((strategy): NamedScenario => ({
    name: `${strategy}: the system is stopped while a tree restarts, waits, and is asked for more`,
    *scenario(world) {
      const ledger = new Ledger(world)
      const children = [worker(ledger, "a", { plot: takes(10) }), worker(ledger, "b", { backoff: { minMs: 10, jitter: 0 } }), worker(ledger, "c")]
      const top = yield* world.system.start(supervisor({ strategy, children }))
      top.child("b", Worker)?.cast.crash()
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 3)
        if (top.alive) top.child("a", Worker)?.cast.crash()
      })
      const asker = tasklet({ name: "asker" }, function* (): Routine {
        yield* moment(world, 3)
        yield* asked(() => top.startChild(worker(ledger, "d")))
      })
      yield* moment(world, 5)
      if (world.fault("later")) yield* sleep(10)
      world.system.events.on("supervisor", ({ context, offender }) => world.check("nothing is tried any more", offender?.id === "d" || !["start_error", "shutdown"].includes(context)))
      yield* world.system.stop()
      for (const one of [villain, asker]) yield* one
      world.check("nobody is left", ledger.alive === "" && world.system.processes.length === 0 && world.scheduler.statistics().timers === 0)
    },
  })),
]
