/** Children that are started in ways of their own: start functions, trees with a time-out, tasks. */
import { type Actor, ExitReason, ignore, named, type Ref, Task } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { child, ChildStarted, type StartHost, supervisor, type SupervisorRef } from "@vivarium/supervision"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, slowly, Stung, Worker, worker } from "./supervision-ledger.ts"

/** Starts a worker by hand, with a wait before and one behind. */
function byHand(ledger: Ledger, id: string) {
  return function* (host: StartHost): Routine<ChildStarted> {
    yield* schedule()
    const ref = yield* host.start(Worker, { args: [ledger, id, slowly], name: id } as never)
    yield* schedule()
    return new ChildStarted(ref as Ref<Actor>, "by hand")
  }
}

function restarted(top: SupervisorRef, id: string): boolean {
  return top.alive && top.child(id)?.alive === true
}

export const startFunctionScenarios: readonly NamedScenario[] = [
  {
    name: "what a start function has spawned fails before it is a child, or just after",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ children: [worker(ledger, "a"), { id: "b", start: byHand(ledger, "b") }] }))
      const villains = [0, 1].map((number) =>
        tasklet({ name: `villain ${number}` }, function* (): Routine {
          yield* moment(world, 5)
          if (world.system.whereis("b") !== undefined) named(Worker, "b").cast.crash()
        }),
      )
      for (const one of villains) yield* one
      yield* sleep(100)
      world.check("all run", ledger.alive === "ab" && restarted(top, "b") && world.system.whereis("b") === top.child("b"))
    },
  },
  {
    name: "the supervisor is killed, or stopped, while a start function is under way",
    *scenario(world) {
      const ledger = new Ledger(world)
      const inner = supervisor({ id: "inner", children: [worker(ledger, "a"), { id: "b", start: byHand(ledger, "b") }] })
      const top = yield* world.system.start(supervisor({ children: [inner] }))
      const before = top.child("inner", inner)
      if (world.system.whereis("b") !== undefined) named(Worker, "b").cast.crash()
      yield* moment(world, 6)
      if (world.fault("stopped")) yield* asked(() => top.terminateChild("inner"))
      else before?.exit(ExitReason.kill)
      yield* sleep(100)
      const after = top.child("inner", inner)
      if (after === undefined) world.check("nobody is left", ledger.alive === "" && world.system.names.length === 0)
      else world.check("all run below another one", after !== before && ledger.alive === "ab" && restarted(after, "b"))
    },
  },
  {
    name: "a start function fails after it has spawned something, or gives what has ended: nothing of it stays",
    *scenario(world) {
      const ledger = new Ledger(world)
      let attempts = 0
      const start = function* (host: StartHost): Routine<unknown> {
        attempts++
        const ref = host.spawn(Worker, { args: [ledger, "b", {}] } as never) as Ref<Worker>
        yield* schedule()
        if (attempts === 2) {
          ref.exit(ExitReason.kill)
          yield* schedule()
        }
        if (attempts === 3) {
          ref.exit(ExitReason.kill)
          return ignore
        }
        return ref
      }
      const top = yield* world.system.start(supervisor({ children: [{ id: "b", restart: "transient", start }, worker(ledger, "a")] }))
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 4)
        top.child("a", Worker)?.cast.crash()
      })
      ;(top.child("b") as Ref<Worker> | undefined)?.cast.crash()
      yield* villain
      yield* sleep(100)
      world.check("a runs", ledger.lives("a") && top.alive)
      world.check("b is seen as it is", ledger.lives("b") === (top.child("b")?.alive === true))
    },
  },
  {
    name: "a tree is started in the very millisecond in which its time is up, and its children take long to end",
    *scenario(world) {
      const ledger = new Ledger(world)
      const plot = {
        *init(attempt: number): Routine {
          if (attempt === 2) yield* sleep(10)
        },
        *terminate(): Routine {
          yield* sleep(5)
        },
      }
      const inner = supervisor({ id: "inner", startTimeoutMs: 10, children: [worker(ledger, "b"), worker(ledger, "c", { plot, name: "c" })] })
      const top = yield* world.system.start(supervisor({ children: [inner, worker(ledger, "a")] }))
      top.child("inner")?.exit(ExitReason.kill)
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* sleep(5)
        yield* moment(world, 3)
        top.child("a", Worker)?.cast.crash()
      })
      yield* villain
      yield* sleep(100)
      world.check("all run", ledger.alive === "abc" && top.child("inner", inner)?.countChildren().active === 2)
      world.check("nobody waits", world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "tasks come to their ends, fail, and are tried again, while their supervisor shuts down",
    *scenario(world) {
      const ledger = new Ledger(world)
      const done: string[] = []
      let attempts = 0
      const work = function* (name: string): Routine {
        yield* schedule()
        if (name === "shaky" && ++attempts === 1) throw new Stung(name)
        done.push(name)
      }
      const top = yield* world.system.start(
        supervisor({ children: [worker(ledger, "a"), child(Task, { id: "plain", args: [work, "plain"] }), child(Task, { id: "shaky", restart: "transient", args: [work, "shaky"] })] }),
      )
      yield* moment(world, 8)
      yield* asked(() => top.stop(ExitReason.shutdown))
      world.check("none is done twice", new Set(done).size === done.length && attempts <= 2)
      world.check("nobody is left", ledger.alive === "" && world.system.processes.length === 0)
    },
  },
]
