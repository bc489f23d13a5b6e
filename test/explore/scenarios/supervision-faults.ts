/** Anything fails at any switch: trees heal, or give up, and nobody is left in either case. */
import { ExitReason, type Ref } from "@vivarium/actors"
import { type Routine, sleep, tasklet } from "@vivarium/core"
import { child, DynamicSupervisor, type Strategy, Supervisor, supervisor } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, type Plot, slowly, Worker, worker } from "./supervision-ledger.ts"
import { consistent } from "./supervision-wishes.ts"

const lingering: Plot = {
  *terminate(): Routine {
    yield* sleep(5)
  },
}

/** An inner supervisor as a class, so that faults can be told of it. */
class Hive extends Supervisor {
  init(ledger: Ledger, strategy: Strategy, plot: Plot) {
    return { strategy, children: ["b", "c"].map((id) => worker(ledger, id, { plot, name: id })) }
  }
}

class Meadow extends DynamicSupervisor {
  init() {
    return { maxChildren: 2 }
  }
}

function* grown(world: World, strategy: Strategy, plot: Plot = slowly) {
  const ledger = new Ledger(world)
  const hive = child(Hive, { id: "hive", args: [ledger, strategy, plot] })
  const top = yield* world.system.start(supervisor({ children: [worker(ledger, "a"), hive] }))
  return { ledger, top }
}

function crash(world: World, name: string): void {
  ;(world.system.whereis(name) as Ref<Worker> | undefined)?.cast.crash()
}

/** Waits for what holds in the end, whatever has failed: all run, and are known by their names. The last fault may come as late as the waits do. */
function* healing({ check, system }: World, ledger: Ledger): Routine {
  const healed = (): boolean => ledger.alive === "abc" && ["b", "c"].every((name) => system.whereis(name)?.alive === true) && system.processes.length === 5
  for (let nights = 0; nights < 4 && !healed(); nights++) yield* sleep(100)
  check("all run in the end, and nobody else", healed())
}

const STRATEGIES: readonly Strategy[] = ["one_for_one", "one_for_all", "rest_for_one"]

const faultsOfStrategies: readonly NamedScenario[] = STRATEGIES.flatMap((strategy): readonly NamedScenario[] => [
  {
    name: `${strategy}: the supervisor is killed at any switch while a child of it fails`,
    *scenario(world) {
      const { ledger } = yield* grown(world, strategy, lingering)
      world.fault.kill(Hive)
      crash(world, "b")
      yield* sleep(100)
      yield* healing(world, ledger)
    },
  },
  {
    name: `${strategy}: children are killed at any switches, two of them`,
    *scenario(world) {
      const { ledger, top } = yield* grown(world, strategy)
      for (const name of ["b", "c"]) world.fault.kill(name)
      crash(world, "b")
      yield* sleep(100)
      yield* healing(world, ledger)
      world.check("the outer one has nothing to do with it", top.tree().restarts === 0)
    },
  },
  {
    name: `${strategy}: restarts fail, twice at most`,
    *scenario(world) {
      const { ledger, top } = yield* grown(world, strategy)
      world.fault.init(Worker, undefined, { times: 2 })
      crash(world, "b")
      yield* sleep(100)
      yield* healing(world, ledger)
      world.check("each try counts", (top.child("hive", Hive)?.tree().restarts ?? 0) >= 1)
    },
  },
])

export const faultScenarios: readonly NamedScenario[] = [
  ...faultsOfStrategies,
  {
    name: "the top is killed at any switch, in its start, in its work and in its shutdown",
    *scenario(world) {
      const ledger = new Ledger(world)
      world.fault.kill("top")
      const hive = child(Hive, { id: "hive", args: [ledger, "one_for_all", lingering] })
      const outcome = yield* asked(() => world.system.start(supervisor({ name: "top", children: [worker(ledger, "a"), hive] })))
      world.check("started, or killed", outcome === "done" || outcome === "exit")
      crash(world, "c")
      yield* moment(world, 2)
      const top = world.system.whereis("top")
      if (top !== undefined) yield* asked(() => top.stop(ExitReason.shutdown))
      yield* sleep(100)
      world.check("nobody is left", ledger.alive === "" && world.system.processes.length === 0 && world.system.names.length === 0)
    },
  },
  {
    name: "clean-ups fail while all is stopped, and the rest is stopped all the same",
    *scenario(world) {
      const { ledger, top } = yield* grown(world, "one_for_one", lingering)
      const reasons: ExitReason[] = []
      world.system.events.on("ended", ({ reason }) => void reasons.push(reason))
      world.fault.cleanUp(Worker, undefined, { times: 2 })
      yield* asked(() => top.terminateChild("hive"))
      world.check("a alone is left", ledger.alive === "a" && reasons.length === 3)
      yield* asked(() => top.restartChild("hive"))
      yield* healing(world, ledger)
    },
  },
  {
    name: "the supervisor is slow, or a child is, while another one fails and is asked for",
    *scenario(world) {
      const { ledger, top } = yield* grown(world, "rest_for_one")
      world.fault.slow(Hive)
      world.fault.slow("c")
      world.check("it is seen as it is", () => consistent(top))
      crash(world, "b")
      const inner = top.child("hive", Hive)
      const hand = tasklet({ name: "hand" }, function* (): Routine {
        yield* asked(() => inner?.terminateChild("c") as never)
        yield* asked(() => inner?.restartChild("c") as never)
      })
      yield* hand
      yield* sleep(100)
      yield* healing(world, ledger)
    },
  },
  {
    name: "timers are late and the clock jumps, while children back off: they come back, and none too early",
    *scenario(world) {
      const ledger = new Ledger(world)
      const back = new Map<string, number>()
      const plotOf = (id: string): Plot => ({
        init(attempt) {
          if (attempt > 1) back.set(id, world.clock.now())
        },
      })
      const children = ["a", "b", "c"].map((id) => worker(ledger, id, { name: id, plot: plotOf(id), backoff: { minMs: 10, jitter: 0 } }))
      const top = yield* world.system.start(supervisor({ strategy: "rest_for_one", children }))
      world.fault.lateTimers()
      world.fault.clockJump(7)
      const begin = world.clock.now()
      crash(world, "b")
      yield* sleep(3)
      crash(world, "a")
      for (let nights = 0; nights < 4; nights++) yield* sleep(100)
      world.check("all run", ledger.alive === "abc" && top.alive)
      world.check("none too early", [...back.values()].every((at) => at - begin >= 10))
      world.check("no timer is left", world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "a dynamic supervisor is killed at any switch, and whoever asks it is answered or told",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ children: [child(Meadow, { id: "meadow" })] }))
      world.fault.kill(Meadow)
      const starters = ["a", "b"].map((id) =>
        tasklet({ name: `starter of ${id}` }, function* (): Routine<string> {
          const meadow = top.child("meadow", Meadow)
          if (meadow === undefined) return "restarting"
          return yield* asked(() => meadow.startChild(worker(ledger, id, { plot: { ...slowly, ...lingering } })))
        }),
      )
      const outcomes: string[] = []
      for (const one of starters) outcomes.push(yield* one)
      const calm = (): boolean => {
        const meadow = top.child("meadow", Meadow)
        return meadow?.alive === true && meadow.countChildren().active === ledger.alive.length
      }
      for (let nights = 0; nights < 3 && !calm(); nights++) yield* sleep(100)
      world.check("each is answered or told", outcomes.every((one) => ["done", "ended", "restarting"].includes(one)))
      world.check("what is known is what lives", calm())
      if (top.tree().restarts === 0) world.check("both run", ledger.alive === "ab")
    },
  },
]
