/** Children that are started, terminated, restarted and deleted by hand, while they fail, and while others do the same. */
import { ExitReason, type Ref } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { type Restart, type Strategy, supervisor, type SupervisorRef } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, type Plot, slowly, Stung, Worker, worker } from "./supervision-ledger.ts"

const STRATEGIES: readonly Strategy[] = ["one_for_one", "one_for_all", "rest_for_one"]
const RESTARTS: readonly Restart[] = ["permanent", "transient", "temporary"]

/** What is seen of a supervisor from outside hangs together, at any moment: to be checked after every slice. */
export function consistent(top: SupervisorRef): boolean {
  if (!top.alive) return true
  const infos = top.whichChildren()
  const counts = top.countChildren()
  const { children } = top.tree()
  if (counts.specs !== infos.length || children.length !== infos.length || counts.workers + counts.supervisors !== counts.specs) return false
  if (counts.active !== infos.filter(({ ref }) => ref?.alive === true).length) return false
  return infos.every(({ id, ref, state }, index) => {
    const node = children[children.length - 1 - index]
    const shown = state === "running" ? ref !== undefined : ref === undefined
    return shown && node?.id === id && node?.ref === ref && (state === "stopped") === (node?.state === "stopped") && top.child(id as string) === ref
  })
}

function* hand(world: World, turns: number, ask: () => Routine<string>): Routine<string> {
  yield* moment(world, turns)
  return yield* ask()
}

function ofStrategy(strategy: Strategy): readonly NamedScenario[] {
  return [
    {
      name: `${strategy}: what is seen from outside hangs together after every slice, whatever fails and is asked for`,
      *scenario(world) {
        const ledger = new Ledger(world, { ids: ["a", "b", "c"], strategy }, "b")
        const top = yield* world.system.start(supervisor({ strategy, children: ["a", "b"].map((id) => worker(ledger, id, { plot: slowly })) }))
        world.check("what is seen hangs together", () => consistent(top))
        const deeds = [
          () => asked(() => top.startChild(worker(ledger, "c", { plot: slowly }))),
          () => asked(() => top.terminateChild("b")),
          () => asked(() => top.restartChild("b")),
        ].map((ask, index) => tasklet({ name: `hand ${index}` }, () => hand(world, 2, ask)))
        yield* moment(world, 2)
        top.child("a", Worker)?.cast.crash()
        const outcomes: string[] = []
        for (const one of deeds) outcomes.push(yield* one)
        yield* sleep(10)
        world.check("a and c run", ledger.lives("a") && ledger.lives("c"))
        world.check("b is what was asked for last", outcomes[0] === "done" && outcomes[1] === "done" && (outcomes[2] === "done" ? ledger.lives("b") : outcomes[2] === "running"))
      },
    },
    {
      name: `${strategy}: terminated, deleted and started anew by the same id, while it fails`,
      *scenario(world) {
        const ledger = new Ledger(world)
        const top = yield* world.system.start(supervisor({ strategy, children: ["a", "b"].map((id) => worker(ledger, id, { plot: slowly })) }))
        const villain = tasklet({ name: "villain" }, function* (): Routine {
          yield* moment(world, 6)
          if (top.alive) top.child("a", Worker)?.cast.crash()
        })
        yield* moment(world, 3)
        const outcomes = [
          yield* asked(() => top.terminateChild("a")),
          yield* asked(() => top.deleteChild("a")),
          yield* asked(() => top.startChild(worker(ledger, "a", { restart: "transient", plot: slowly }))),
        ]
        yield* villain
        yield* sleep(10)
        world.check("each is done", outcomes.join() === "done,done,done")
        world.check("all run", ledger.alive === "ab" && top.countChildren().active === 2)
      },
    },
  ]
}

function ofType(restart: Restart): NamedScenario {
  return {
    name: `${restart}: it fails as it is terminated by two at once and restarted by a third`,
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ children: [worker(ledger, "a", { restart, plot: slowly }), worker(ledger, "b")] }))
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 4)
        if (world.fault("killed")) top.child("a", Worker)?.exit(ExitReason.kill)
        else top.child("a", Worker)?.cast.crash()
      })
      const ended: string[] = []
      const hands = [1, 2].map((number) =>
        tasklet({ name: `hand ${number}` }, function* (): Routine {
          ended.push(yield* hand(world, 3, () => asked(() => top.terminateChild("a"))))
        }),
      )
      const third = tasklet({ name: "third" }, () => hand(world, 5, () => asked(() => top.restartChild("a"))))
      for (const one of [villain, ...hands]) yield* one
      const restarted = yield* third
      yield* sleep(10)
      if (restart === "temporary") {
        world.check("forgotten", !ledger.lives("a") && top.childSpec("a") === undefined && ledger.starts("a") === 1)
        world.check("found once at most", ended.filter((one) => one === "done").length <= 1 && restarted !== "done")
        return
      }
      world.check("each is done", ended.join() === "done,done" && ["done", "running", "restarting", "exit"].includes(restarted))
      world.check("known, and seen as it is", top.childSpec("a") !== undefined && ledger.lives("a") === (top.child("a")?.alive === true))
    },
  }
}

const others: readonly NamedScenario[] = [
  {
    name: "two start a child of one id at the same time, and it may fail: one of them does at most, and what has failed is forgotten",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ children: [worker(ledger, "a")] }))
      const shaky: Plot = {
        *init(): Routine {
          yield* schedule()
          if (world.fault("its start fails")) throw new Stung("b")
        },
      }
      const starters = [1, 2].map((number) =>
        tasklet({ name: `starter ${number}` }, () => hand(world, 2, () => asked(() => top.startChild(worker(ledger, "b", { name: "b", restart: "transient", plot: shaky }))))),
      )
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        yield* moment(world, 4)
        const b = world.system.whereis("b") as Ref<Worker> | undefined
        b?.cast[world.fault("it fails") ? "crash" : "finish"]()
      })
      const outcomes: string[] = []
      for (const one of starters) outcomes.push(yield* one)
      yield* villain
      yield* sleep(10)
      const started = outcomes.filter((one) => one === "done").length
      world.check("one of them at most", started <= 1)
      world.check("the other one is told", outcomes.every((one) => one === "done" || one === "init_failed" || (started === 1 && ["already_present", "already_started"].includes(one))))
      world.check("what has failed is forgotten", (top.childSpec("b") !== undefined) === (started === 1))
      world.check("seen as it is", ledger.lives("b") === (top.child("b")?.alive === true))
    },
  },
  {
    name: "whoever asks a supervisor that gives up, or is killed, is answered, or told that it has ended",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ maxRestarts: 0, children: ["a", "b"].map((id) => worker(ledger, id, { plot: slowly })) }))
      const outcomes: string[] = []
      const askers = [() => top.startChild(worker(ledger, "c", { plot: slowly })), () => top.terminateChild("b"), () => top.restartChild("b"), () => top.deleteChild("b")].map((ask, index) =>
        tasklet({ name: `asker ${index}` }, function* (): Routine {
          outcomes.push(yield* hand(world, 2, () => asked(ask)))
        }),
      )
      yield* moment(world, 4)
      if (world.fault("killed")) top.exit(ExitReason.kill)
      else top.child("a", Worker)?.cast.crash()
      for (const one of askers) yield* one
      yield* top.join()
      yield* sleep(10)
      world.check("each has an answer", outcomes.length === 4 && outcomes.every((one) => ["done", "ended", "running", "not_found"].includes(one)))
      world.check("nobody is left", ledger.alive === "")
    },
  },
  {
    name: "who asks for a start and gives up waiting leaves a child that runs, or none, but no half one",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ children: [worker(ledger, "a")] }))
      world.check("what is seen hangs together", () => consistent(top))
      const asker = tasklet({ name: "asker" }, function* (): Routine {
        yield* schedule()
        yield* asked(() => top.startChild(worker(ledger, "b", { plot: slowly })))
      })
      yield* moment(world, 6)
      asker.kill()
      yield* sleep(10)
      const outcome = yield* asked(() => top.startChild(worker(ledger, "b", { plot: slowly })))
      world.check("it runs, or nobody has it", ledger.starts("b") === 1 && (outcome === "done" || outcome === "already_started"))
    },
  },
]

export const wishScenarios: readonly NamedScenario[] = [...STRATEGIES.flatMap(ofStrategy), ...RESTARTS.map(ofType), ...others]
