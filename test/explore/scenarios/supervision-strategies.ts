/** Strategies: who is restarted with whom, while children fail at any moment, one or two of them. */
import type { Ref } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { type Strategy, supervisor, type SupervisorRef } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { Ledger, moment, type Plot, slowly, Stung, Worker, worker } from "./supervision-ledger.ts"

const STRATEGIES: readonly Strategy[] = ["one_for_one", "one_for_all", "rest_for_one"]
const IDS = ["a", "b", "c"]

/** Three workers below a supervisor. */
function* three(world: World, strategy: Strategy, plots: Readonly<Record<string, Plot>> = {}): Routine<{ readonly ledger: Ledger; readonly top: SupervisorRef }> {
  const ledger = new Ledger(world, { ids: IDS, strategy })
  const children = IDS.map((id) => worker(ledger, id, plots[id] === undefined ? {} : { plot: plots[id] }))
  const top = yield* world.system.start(supervisor({ strategy, children }))
  return { ledger, top }
}

/** Whoever is a worker at some moment is told to fail. */
function failing(world: World, top: SupervisorRef, id: string, turns = 3): Routine {
  return (function* (): Routine {
    yield* moment(world, turns)
    if (top.alive) top.child(id, Worker)?.cast.crash()
  })()
}

function refsOf(top: SupervisorRef): readonly (Ref<unknown> | undefined)[] {
  return IDS.map((id) => top.child(id))
}

/** How many of three runs of a worker a failure of one in the line costs. */
const COSTS: Readonly<Record<Strategy, Readonly<Record<string, string>>>> = {
  one_for_one: { a: "211", b: "121", c: "112" },
  one_for_all: { a: "222", b: "222", c: "222" },
  rest_for_one: { a: "222", b: "122", c: "112" },
}

function ofEach(strategy: Strategy): readonly NamedScenario[] {
  return [
    {
      name: `${strategy}: one fails at any moment, and those that share its fate come back with it`,
      *scenario(world) {
        const { ledger, top } = yield* three(world, strategy)
        const before = refsOf(top)
        const victim = world.fault("it is a") ? "a" : world.fault("it is c") ? "c" : "b"
        yield* tasklet({ name: "villain" }, () => failing(world, top, victim))
        yield* sleep(10)
        const costs = COSTS[strategy][victim]
        world.check("who is started again", IDS.map((id) => ledger.starts(id)).join("") === costs)
        world.check("who stays who it is", refsOf(top).map((ref, index) => (ref === before[index] ? 1 : 2)).join("") === costs)
        world.check("one failure is one restart", top.tree().restarts === 1)
      },
    },
    {
      name: `${strategy}: two fail at any two moments, also in the middle of the restart of the other`,
      *scenario(world) {
        const { ledger, top } = yield* three(world, strategy, { b: slowly })
        const villains = ["a", "c"].map((id) => tasklet({ name: `villain of ${id}` }, () => failing(world, top, id, 4)))
        for (const one of villains) yield* one
        yield* sleep(10)
        world.check("all run", ledger.alive === "abc" && top.countChildren().active === 3)
        const { restarts } = top.tree()
        world.check("one or two restarts", restarts >= 1 && restarts <= 2)
      },
    },
    {
      name: `${strategy}: one fails while the tree shuts down`,
      *scenario(world) {
        const { ledger, top } = yield* three(world, strategy)
        const villains = ["a", "b"].map((id) => tasklet({ name: `villain of ${id}` }, () => failing(world, top, id, 3)))
        yield* moment(world, 3)
        yield* top.stop({ kind: "shutdown" })
        world.check("nobody is left", ledger.alive === "")
        for (const one of villains) yield* one
        world.check("nobody is started after the end", ledger.lines.at(-1)?.startsWith("end") === true)
      },
    },
    {
      name: `${strategy}: one fails as soon as it runs, while those behind it are started`,
      *scenario(world) {
        const rash: Plot = {
          init(attempt, self) {
            if (attempt === 1) self.cast.crash()
          },
        }
        const { ledger, top } = yield* three(world, strategy, { a: rash, b: slowly, c: slowly })
        yield* sleep(10)
        world.check("all run", ledger.alive === "abc")
        world.check("a was started twice", ledger.starts("a") === 2)
        world.check("one restart", top.tree().restarts === 1)
      },
    },
    {
      name: `${strategy}: a restart fails and is tried again, while another one fails`,
      *scenario(world) {
        const shy: Plot = {
          *init(attempt): Routine {
            yield* schedule()
            if (attempt === 2) throw new Stung("the second b")
          },
        }
        const { ledger, top } = yield* three(world, strategy, { b: shy })
        const villain = tasklet({ name: "villain of c" }, () => failing(world, top, "c", 5))
        top.child("b", Worker)?.cast.crash()
        yield* villain
        yield* sleep(10)
        world.check("all run", ledger.alive === "abc" && top.countChildren().active === 3)
        const { restarts } = top.tree()
        world.check("two or three restarts", restarts >= 2 && restarts <= 3)
      },
    },
    {
      name: `${strategy}: killed at any moment of its restart, a supervisor leaves nobody, and its own supervisor begins anew`,
      *scenario(world) {
        const ledger = new Ledger(world, { ids: IDS, strategy })
        const inner = supervisor({ id: "inner", strategy, children: IDS.map((id) => worker(ledger, id, { plot: slowly })) })
        const top = yield* world.system.start(supervisor({ children: [inner] }))
        const before = top.child("inner", inner)
        before?.child("b", Worker)?.cast.crash()
        yield* moment(world, 8)
        before?.exit({ kind: "kill" })
        yield* sleep(10)
        const after = top.child("inner", inner)
        world.check("another one", after !== undefined && after !== before && before?.alive === false)
        world.check("all run below it", ledger.alive === "abc" && after?.countChildren().active === 3)
        world.check("one restart", top.tree().restarts === 1 && after?.tree().restarts === 0)
      },
    },
  ]
}

export const strategyScenarios: readonly NamedScenario[] = STRATEGIES.flatMap(ofEach)
