/** Restart types, the restart window and automatic shutdown: who comes back, how often, and when nobody does. */
import { ExitReason } from "@vivarium/actors"
import { type Routine, sleep, tasklet } from "@vivarium/core"
import { type AutoShutdown, type Restart, type Strategy, supervisor, type SupervisorRef } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, slowly, Worker, worker } from "./supervision-ledger.ts"

const STRATEGIES: readonly Strategy[] = ["one_for_one", "one_for_all", "rest_for_one"]

/** Whether one that was not told to end is started again. */
const COMES_BACK: Readonly<Record<Restart, Readonly<Record<"orderly" | "crash", boolean>>>> = {
  permanent: { orderly: true, crash: true },
  transient: { orderly: false, crash: true },
  temporary: { orderly: false, crash: false },
}

/** Ends a worker in one of four ways, and says whether that was orderly. */
function end(world: World, top: SupervisorRef, id: string): boolean {
  const ref = top.child(id, Worker)
  if (world.fault("it fails")) ref?.cast.crash()
  else if (world.fault("it is killed")) ref?.exit(ExitReason.kill)
  else if (world.fault("it is told to shut down")) {
    ref?.exit(ExitReason.shutdownWith("by a stranger"))
    return true
  } else {
    ref?.cast.finish()
    return true
  }
  return false
}

function restartTypes(): readonly NamedScenario[] {
  const RESTARTS: readonly Restart[] = ["permanent", "transient", "temporary"]
  return [
    {
      name: "of each restart type one ends in any way, all at the same time: those come back that should",
      *scenario(world) {
        const ledger = new Ledger(world)
        const top = yield* world.system.start(supervisor({ children: RESTARTS.map((restart) => worker(ledger, restart, { restart, plot: slowly })) }))
        const backs = RESTARTS.map((restart) => COMES_BACK[restart][end(world, top, restart) ? "orderly" : "crash"])
        yield* sleep(10)
        for (const [index, restart] of RESTARTS.entries()) world.check(`the ${restart} one`, ledger.lives(restart) === backs[index])
        world.check("the temporary one is forgotten", top.childSpec("temporary") === undefined && top.childSpec("transient") !== undefined)
        world.check("each that comes back is a restart", top.tree().restarts === backs.filter(Boolean).length)
      },
    },
    {
      name: "one_for_all: the end of a temporary child races with the failure of another one",
      *scenario(world) {
        const ledger = new Ledger(world)
        const children = [worker(ledger, "a"), worker(ledger, "t", { restart: "temporary" }), worker(ledger, "n", { restart: "transient" })]
        const top = yield* world.system.start(supervisor({ strategy: "one_for_all", children }))
        const villains = ["t", "n"].map((id) =>
          tasklet({ name: `villain of ${id}` }, function* (): Routine {
            yield* moment(world, 4)
            top.child(id, Worker)?.cast[world.fault("it fails") ? "crash" : "finish"]()
          }),
        )
        yield* moment(world, 2)
        top.child("a", Worker)?.cast.crash()
        for (const one of villains) yield* one
        yield* sleep(10)
        world.check("the temporary one is gone for good", !ledger.lives("t") && top.childSpec("t") === undefined && ledger.starts("t") === 1)
        world.check("the permanent one runs", ledger.lives("a") && top.child("a")?.alive === true)
      },
    },
    {
      name: "changed flags count from the turn of the supervisor on, whatever fails meanwhile",
      *scenario(world) {
        const ledger = new Ledger(world)
        const top = yield* world.system.start(supervisor({ maxRestarts: 5, children: ["a", "b"].map((id) => worker(ledger, id, { plot: slowly })) }))
        const villains = ["a", "b", "a"].map((id) =>
          tasklet({ name: `villain of ${id}` }, function* (): Routine {
            yield* moment(world, 3)
            if (top.alive) top.child(id, Worker)?.cast.crash()
          }),
        )
        const changer = tasklet({ name: "changer" }, function* (): Routine {
          yield* asked(() => top.changeFlags({ maxRestarts: 1, strategy: "one_for_all" }))
        })
        for (const one of [...villains, changer]) yield* one
        yield* sleep(10)
        if (top.alive) world.check("no more than was allowed", ledger.alive === "ab")
        else world.check("nobody is left", ledger.alive === "")
      },
    },
  ]
}

/** A tree whose only worker fails at given times, on the clock; gives the supervisor. */
function* failingAt(world: World, ledger: Ledger, strategy: Strategy, maxRestarts: number, times: readonly (readonly [at: number, id: string])[]): Routine<SupervisorRef> {
  const children = ["a", "b"].map((id) => worker(ledger, id, { plot: slowly }))
  const top = yield* world.system.start(supervisor({ strategy, maxRestarts, withinMs: 100, children }))
  for (const [at, id] of times) {
    tasklet({ name: `villain at ${at} ms` }, function* (): Routine {
      yield* sleep(at)
      if (top.alive) top.child(id, Worker)?.cast.crash()
    })
  }
  return top
}

function windows(strategy: Strategy): readonly NamedScenario[] {
  return [
    {
      name: `${strategy}: a failure at the very edge of the window counts, and is one too many`,
      *scenario(world) {
        const ledger = new Ledger(world)
        const top = yield* failingAt(world, ledger, strategy, 2, [[0, "a"], [50, "b"], [100, "a"]])
        yield* sleep(99)
        world.check("it still holds out", top.alive && ledger.alive === "ab" && top.tree().restarts === 2)
        const reason = yield* top.join()
        world.check("it gives up", reason.kind === "shutdown" && reason.detail === "gave_up" && ledger.alive === "")
      },
    },
    {
      name: `${strategy}: a failure one millisecond past the edge of the window finds room`,
      *scenario(world) {
        const ledger = new Ledger(world)
        const top = yield* failingAt(world, ledger, strategy, 2, [[0, "a"], [50, "b"], [101, "a"], [151, "b"]])
        yield* sleep(300)
        world.check("it holds out", top.alive && ledger.alive === "ab" && top.tree().restarts === 0)
      },
    },
    {
      name: `${strategy}: a failure at the edge of the window is one too many, also after a long history`,
      *scenario(world) {
        const ledger = new Ledger(world)
        const top = yield* failingAt(world, ledger, strategy, 2, [[0, "a"], [50, "b"], [101, "a"], [151, "b"], [201, "a"]])
        yield* sleep(200)
        world.check("it still holds out", top.alive && ledger.alive === "ab" && top.tree().restarts === 2)
        yield* sleep(100)
        world.check("it has given up", !top.alive && ledger.alive === "")
      },
    },
    {
      name: `${strategy}: two fail in the same millisecond, at the edge of the window`,
      *scenario(world) {
        const ledger = new Ledger(world)
        const top = yield* failingAt(world, ledger, strategy, 2, [[0, "a"], [100, "a"], [100, "b"]])
        yield* sleep(300)
        // Of those that share their fate, one may be stopped before it has failed.
        const failures = ledger.lines.filter((line) => line.startsWith("end")).length
        if (top.alive) world.check("one failure was covered by the other", strategy !== "one_for_one" && ledger.alive === "ab")
        else world.check("it has given up", ledger.alive === "" && failures >= 4)
      },
    },
  ]
}

/** Those that are stopped with a group have not ended for good. */
const waitingGroup: NamedScenario = {
  name: "all_significant, one_for_all: whoever was stopped with a group that waits is still to end",
  *scenario(world) {
    const ledger = new Ledger(world, { ids: ["s", "b", "t"], strategy: "one_for_all" })
    const life = { restart: "transient", significant: true } as const
    const children = [worker(ledger, "s", life), worker(ledger, "b", { backoff: { minMs: 10, jitter: 0 }, plot: slowly }), worker(ledger, "t", life)]
    const top = yield* world.system.start(supervisor({ strategy: "one_for_all", autoShutdown: "all_significant", children }))
    const villain = tasklet({ name: "villain" }, function* (): Routine {
      yield* moment(world, 4)
      if (top.alive) top.child("s", Worker)?.cast.finish()
    })
    yield* moment(world, 2)
    top.child("b", Worker)?.cast.crash()
    yield* villain
    yield* sleep(100)
    world.check("t is still to end", top.alive && ledger.lives("t") && ledger.lives("b"))
    for (const id of ["s", "t"]) top.child(id, Worker)?.cast.finish()
    world.check("with the last of them it ends", (yield* top.join()).kind === "shutdown" && ledger.alive === "")
  },
}

function autoShutdown(flag: AutoShutdown): readonly NamedScenario[] {
  return [
    {
      name: `${flag}: significant children end at any moments, one of them by a failure first`,
      *scenario(world) {
        const ledger = new Ledger(world)
        const children = [
          worker(ledger, "s", { restart: "transient", significant: true }),
          worker(ledger, "t", { restart: "temporary", significant: true }),
          worker(ledger, "p"),
        ]
        const top = yield* world.system.start(supervisor({ autoShutdown: flag, children }))
        const villains = [["s", "crash"], ["s", "finish"], ["t", "crash"], ["p", "crash"]].map(([id, how]) =>
          tasklet({ name: `villain of ${id}` }, function* (): Routine {
            yield* moment(world, 3)
            if (top.alive) top.child(id as string, Worker)?.cast[how as "crash" | "finish"]()
          }),
        )
        for (const one of villains) yield* one
        yield* sleep(10)
        // The failure of a transient one is no end for good.
        const ended = [ledger.ends("s").includes("normal"), ledger.ends("t").some((kind) => kind !== "shutdown")]
        const over = flag === "any_significant" ? ended.includes(true) : !ended.includes(false)
        world.check("it ends when it should, and nobody is left", top.alive ? !over : over && ledger.alive === "")
      },
    },
    {
      name: `${flag}: a significant child is terminated by hand, or taken along, while another one ends`,
      *scenario(world) {
        const ledger = new Ledger(world)
        const children = [
          worker(ledger, "p"),
          worker(ledger, "s", { restart: "transient", significant: true }),
          worker(ledger, "t", { restart: "transient", significant: true }),
        ]
        const top = yield* world.system.start(supervisor({ autoShutdown: flag, strategy: "one_for_all", children }))
        const hand = tasklet({ name: "hand" }, function* (): Routine {
          yield* moment(world, 2)
          yield* asked(() => top.terminateChild("s"))
        })
        const villain = tasklet({ name: "villain" }, function* (): Routine {
          yield* moment(world, 3)
          if (top.alive) top.child("t", Worker)?.cast.finish()
        })
        yield* moment(world, 1)
        if (world.fault("p fails, too") && top.alive) top.child("p", Worker)?.cast.crash()
        yield* hand
        yield* villain
        yield* sleep(10)
        if (!top.alive) world.check("nobody is left", ledger.alive === "")
        else {
          world.check("the permanent one runs", ledger.lives("p"))
          // Being terminated by hand stops nothing, also if nobody else is left.
          const last = ledger.lines.lastIndexOf("end s") > ledger.lines.lastIndexOf("end t")
          world.check("one of those runs for whom it stays", ledger.lives("t") || (flag === "all_significant" && (ledger.lives("s") || last)))
        }
      },
    },
  ]
}

export const restartScenarios: readonly NamedScenario[] = [
  ...restartTypes(),
  ...STRATEGIES.flatMap(windows),
  ...(["any_significant", "all_significant"] as const).flatMap(autoShutdown),
  waitingGroup,
]
