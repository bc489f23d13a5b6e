/** Dynamic and partition supervisors: children that come and go, many of them at once. */
import { CallError, ExitReason, named, type Ref } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { dynamicSupervisor, type DynamicSupervisorRef, partialChild, partitionSupervisor, type PartitionSupervisorRef, type Strategy, supervisor } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, type Plot, slowly, Stung, Worker, worker } from "./supervision-ledger.ts"

/** A dynamic supervisor below a supervisor, so that there is somebody who restarts it. */
const bees = dynamicSupervisor({ id: "bees", name: "bees", shutdownMs: "infinity" })

const stubborn = {
  *terminate(): Routine {
    yield* sleep(50)
  },
}

const ofDynamic: readonly NamedScenario[] = [
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
      let failed = false
      const shaky: Plot = {
        *init(attempt): Routine {
          yield* schedule()
          failed = attempt > 1 && world.fault("its restart fails")
          if (failed) throw new Stung("not yet")
        },
      }
      const ref = (yield* top.startChild(worker(ledger, "a", { backoff: { minMs: 10, jitter: 0 }, plot: shaky }))) as Ref<Worker>
      const hand = tasklet({ name: "hand" }, function* (): Routine {
        yield* sleep(10)
        const outcome = yield* asked(() => top.terminateChild(ref))
        world.check("done or too late", outcome === "done" ? !ledger.lives("a") : outcome === "not_found" && !failed)
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

/** A partition: its process enters itself under its number. */
const comb = partialChild(Worker)

function* combs(world: World, ledger: Ledger, plot: Plot, strategy: Strategy = "one_for_one"): Routine<PartitionSupervisorRef> {
  const withArguments = (_: readonly unknown[], partition: number): readonly unknown[] => [ledger, String(partition), plot]
  return (yield* world.system.start(partitionSupervisor({ name: "combs", partitions: 3, child: comb, withArguments, strategy }))) as PartitionSupervisorRef
}

const partitionScenarios: readonly NamedScenario[] = (["one_for_one", "one_for_all"] as const).flatMap((strategy): readonly NamedScenario[] => [
  {
    name: `partitions, ${strategy}: fewer and more again, by two at once, while some fail`,
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* combs(world, ledger, slowly, strategy)
      world.check("each key has a partition that is there", () => !top.alive || Array.from({ length: top.partitions }, (_, key) => top.childSpec(key)).every((spec) => spec !== undefined))
      const resizers = [1, 3].map((count) =>
        tasklet({ name: `to ${count}` }, function* (): Routine {
          yield* moment(world, 3)
          yield* asked(() => top.resize(count))
        }),
      )
      const villains = ["0", "2"].map((id) =>
        tasklet({ name: `villain of ${id}` }, function* (): Routine {
          yield* moment(world, 4)
          if (top.alive) (top.child(Number(id)) as Ref<Worker> | undefined)?.cast.crash()
        }),
      )
      for (const one of [...resizers, ...villains]) yield* one
      yield* sleep(100)
      world.check("as many as were asked for last", top.partitions === 1 ? ledger.alive === "0" : top.partitions === 3 && ledger.alive === "012")
      world.check("seen as they are", top.countChildren().active === top.partitions)
    },
  },
  {
    name: `partitions, ${strategy}: one of the new ones does not start, another one fails: there are as many as before`,
    *scenario(world) {
      const ledger = new Ledger(world)
      const sulking: Plot = {
        *init(attempt, self): Routine {
          yield* schedule()
          if (attempt === 2 && ledger.of(self) === "2") throw new Stung("no wax")
        },
      }
      const top = yield* combs(world, ledger, sulking, strategy)
      yield* top.resize(1)
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 5)
        if (top.alive) (top.child(0) as Ref<Worker> | undefined)?.cast.crash()
      })
      const outcome = yield* asked(() => top.resize(3))
      yield* villain
      yield* sleep(100)
      world.check("as many as before", outcome === "init_failed" && top.partitions === 1 && ledger.alive === "0")
      world.check("it can be tried again", (yield* asked(() => top.resize(3))) === "done" && ledger.alive === "012" && top.partitions === 3)
    },
  },
  {
    name: `partitions, ${strategy}: calls by key are answered by one that lives, or told that there is none`,
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* combs(world, ledger, slowly, strategy)
      const log: string[] = []
      const caller = tasklet({ name: "caller" }, function* (): Routine {
        for (const key of [2, 5, 2]) {
          try {
            log.push(yield* named(Worker, top.via(key)).call.ping())
          } catch (error) {
            if (!(error instanceof CallError)) throw error
            log.push(error.code)
          }
        }
      })
      const resizer = tasklet({ name: "to 2" }, function* (): Routine {
        yield* moment(world, 3)
        yield* asked(() => top.resize(2))
      })
      yield* moment(world, 3)
      ;(top.child(2) as Ref<Worker> | undefined)?.cast.crash()
      for (const one of [caller, resizer]) yield* one
      yield* sleep(100)
      world.check("each call has an end", log.length === 3 && log.every((one) => ["0", "1", "2", "noproc", "exit"].includes(one)))
      world.check("two are left", ledger.alive === "01" && top.partitions === 2)
    },
  },
])

export const dynamicScenarios: readonly NamedScenario[] = [...ofDynamic, ...partitionScenarios]
