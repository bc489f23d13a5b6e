/** Dynamic and partition supervisors: children that come and go, many of them at once. */
import { CallError, ExitReason, named, type Ref } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { child, dynamicSupervisor, type DynamicSupervisorRef, partialChild, partitionSupervisor, type PartitionSupervisorRef, supervisor } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, slowly, Stung, Worker, worker } from "./supervision-ledger.ts"

/** A dynamic supervisor below a supervisor, so that there is somebody who restarts it. */
const bees = dynamicSupervisor({ id: "bees", name: "bees", shutdownMs: "infinity" })

const stubborn = {
  *terminate(): Routine {
    yield* sleep(50)
  },
}

const dynamicScenarios: readonly NamedScenario[] = [
  {
    name: "never more children than allowed, while some are started, some end and some fail",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(dynamicSupervisor({ maxChildren: 2 }))
      world.check("never more than two", () => !top.alive || (top.countChildren().specs <= 2 && ledger.alive.length <= 2))
      const starters = ["a", "b", "c"].map((id) =>
        tasklet({ name: `starter of ${id}` }, function* (): Routine {
          const outcome = yield* asked(() => top.startChild(worker(ledger, id, { restart: "transient", plot: slowly })))
          world.check("only for want of room", outcome === "done" || outcome === "max_children")
          if (outcome === "done") world.check(`${id} was started`, ledger.starts(id) > 0)
          yield* moment(world, 2)
          const ref = refOf(top, id)
          if (id === "a") ref?.cast.crash()
          else ref?.cast.finish()
        }),
      )
      for (const one of starters) yield* one
      yield* sleep(10)
      world.check("who has come to an end is forgotten", top.countChildren().specs === ledger.alive.length)
    },
  },
  {
    name: "a child is terminated while it fails and is restarted: then it is gone, or was another one already",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(dynamicSupervisor({}))
      const ref = (yield* top.startChild(worker(ledger, "a", { plot: slowly }))) as Ref<Worker>
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 3)
        ref.cast.crash()
      })
      const outcomes: string[] = []
      const hands = [1, 2].map((number) =>
        tasklet({ name: `hand ${number}` }, function* (): Routine {
          yield* moment(world, 5)
          outcomes.push(yield* asked(() => top.terminateChild(ref)))
        }),
      )
      for (const one of [villain, ...hands]) yield* one
      yield* sleep(10)
      const terminated = outcomes.filter((one) => one === "done").length
      world.check("at most once", terminated <= 1 && outcomes.every((one) => one === "done" || one === "not_found"))
      world.check("gone, or restarted", ledger.lives("a") === (terminated === 0) && top.countChildren().specs === 1 - terminated)
    },
  },
  {
    name: "one that backs off is terminated by its last reference in the very millisecond of its restart",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(dynamicSupervisor({}))
      const ref = (yield* top.startChild(worker(ledger, "a", { backoff: { minMs: 10, jitter: 0 }, plot: slowly }))) as Ref<Worker>
      const hand = tasklet({ name: "hand" }, function* (): Routine {
        yield* sleep(10)
        const outcome = yield* asked(() => top.terminateChild(ref))
        world.check("done or too late", outcome === "done" ? !ledger.lives("a") : outcome === "not_found")
      })
      ref.cast.crash()
      yield* hand
      yield* sleep(100)
      world.check("what is known is what lives", top.countChildren().specs === ledger.alive.length)
    },
  },
  {
    name: "killed at any moment of its shutdown, it leaves neither children nor timers",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ children: [bees] }))
      const inner = top.child("bees", bees) as DynamicSupervisorRef
      for (const id of ["a", "b"]) yield* inner.startChild(worker(ledger, id, { plot: stubborn }))
      const hand = tasklet({ name: "hand" }, () => asked(() => top.terminateChild("bees")))
      yield* moment(world, 5)
      inner.exit(ExitReason.kill)
      yield* hand
      yield* sleep(100)
      world.check("all are gone", ledger.alive === "")
      world.check("nobody waits for anything", world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "killed at any moment of a start, a crash or a stop, it leaves nobody, and its successor begins with nobody",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ children: [bees] }))
      const inner = top.child("bees", bees) as DynamicSupervisorRef
      const a = (yield* inner.startChild(worker(ledger, "a", { plot: stubborn }))) as Ref<Worker>
      const starter = tasklet({ name: "starter" }, () => asked(() => inner.startChild(worker(ledger, "b", { plot: slowly }))))
      const hand = tasklet({ name: "hand" }, function* (): Routine {
        yield* moment(world, 2)
        yield* asked(() => inner.terminateChild(a))
      })
      yield* moment(world, 6)
      inner.exit(ExitReason.kill)
      for (const one of [starter, hand]) yield* one
      yield* sleep(100)
      const after = top.child("bees", bees) as DynamicSupervisorRef
      world.check("a successor without children", after !== inner && after.alive && after.countChildren().specs === 0)
      world.check("nobody is left", ledger.alive === "")
    },
  },
  {
    name: "all are stopped at once, each in its own time, while some of them end by themselves",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(dynamicSupervisor({}))
      const times = { a: 30, b: 50, c: 70 } as const
      for (const [id, ms] of Object.entries(times)) {
        yield* top.startChild(worker(ledger, id, { shutdownMs: 50, plot: { *terminate(): Routine { yield* sleep(ms) } } }))
      }
      yield* top.startChild(worker(ledger, "d", { shutdownMs: "brutal_kill" }))
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 4)
        refOf(top, "b")?.cast.finish()
      })
      yield* moment(world, 2)
      const begin = world.clock.now()
      yield* top.stop(ExitReason.shutdown)
      world.check("the slowest decides", ledger.alive === "" && world.clock.now() - begin === 50)
      yield* villain
    },
  },
  {
    name: "a child that is being started is killed by a stranger at any moment",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(dynamicSupervisor({}))
      const starter = tasklet({ name: "starter" }, () => asked(() => top.startChild(worker(ledger, "a", { name: "a", plot: slowly }))))
      yield* moment(world, 5)
      const victim = world.system.whereis("a")
      victim?.exit(ExitReason.kill)
      const outcome = yield* starter
      yield* sleep(10)
      world.check("raised, or restarted", outcome === (ledger.lives("a") ? "done" : "exit") || (outcome === "init_failed" && !ledger.lives("a")))
      world.check("what is known is what lives", top.countChildren().specs === ledger.alive.length)
      if (victim === undefined) world.check("it was not touched", ledger.starts("a") === 1 && ledger.lives("a"))
    },
  },
  {
    name: "two give up their place at once by failing too often: the supervisor ends, whoever asks is told so",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(dynamicSupervisor({ maxRestarts: 1 }))
      const refs: Ref<Worker>[] = []
      for (const id of ["a", "b"]) refs.push((yield* top.startChild(worker(ledger, id))) as Ref<Worker>)
      const asker = tasklet({ name: "asker" }, function* (): Routine<string> {
        yield* moment(world, 4)
        return yield* asked(() => top.startChild(worker(ledger, "c", { plot: slowly })))
      })
      for (const ref of refs) ref.cast.crash()
      const outcome = yield* asker
      world.check("done or ended", outcome === "done" || outcome === "ended")
      const reason = yield* top.join()
      world.check("it has given up, and nobody is left", reason.kind === "shutdown" && reason.detail === "gave_up" && ledger.alive === "")
    },
  },
]

function refOf(top: DynamicSupervisorRef, id: string): Ref<Worker> | undefined {
  return top.alive ? (top.whichChildren().find(({ ref }) => ref?.label === id || String(ref).includes(`"${id}"`))?.ref as Ref<Worker> | undefined) : undefined
}

export const dynamic = dynamicScenarios
void [CallError, child, named, partialChild, partitionSupervisor, schedule, Stung]
export type X = [PartitionSupervisorRef, World]
