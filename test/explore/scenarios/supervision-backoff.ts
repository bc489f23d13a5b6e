/** Back-off: what happens to a child, and to those that share its fate, in the very milliseconds at which a delay is over. */
import { ExitReason } from "@vivarium/actors"
import { type Routine, sleep, tasklet } from "@vivarium/core"
import { type BackoffOptions, type Strategy, supervisor, type SupervisorRef } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, type Plot, slowly, Stung, Worker, worker } from "./supervision-ledger.ts"

const TEN: BackoffOptions = { minMs: 10, factor: 1, jitter: 0 }
const GROUPS: readonly Strategy[] = ["one_for_all", "rest_for_one"]

/** Three workers, of which some back off, below a supervisor. */
function* three(world: World, strategy: Strategy, backoffs: Readonly<Record<string, BackoffOptions>>, plots: Readonly<Record<string, Plot>> = {}, byHand = ""): Routine<{ readonly ledger: Ledger; readonly top: SupervisorRef }> {
  const ids = ["a", "b", "c"]
  const ledger = new Ledger(world, { ids, strategy }, byHand)
  const children = ids.map((id) => worker(ledger, id, { plot: plots[id] ?? {}, ...(backoffs[id] !== undefined && { backoff: backoffs[id] }) }))
  const top = yield* world.system.start(supervisor({ strategy, children }))
  return { ledger, top }
}

function crash(top: SupervisorRef, id: string): void {
  if (top.alive) top.child(id, Worker)?.cast.crash()
}

/** Does something at a time of the clock, among others that are due then. */
function at(ms: number, name: string, body: () => Routine<unknown>): { join(): Routine<unknown> } {
  const one = tasklet({ name }, function* (): Routine<unknown> {
    yield* sleep(ms)
    return yield* body()
  })
  return { *join(): Routine<unknown> { return yield* one } }
}

const alone: readonly NamedScenario[] = [
  {
    name: "terminated, restarted and deleted by hand in the very millisecond in which its delay is over",
    *scenario(world) {
      const { ledger, top } = yield* three(world, "one_for_one", { b: TEN }, { b: slowly }, "b")
      crash(top, "b")
      const deeds = [
        at(10, "terminates", () => asked(() => top.terminateChild("b"))),
        at(10, "restarts", () => asked(() => top.restartChild("b"))),
        at(10, "deletes", () => asked(() => top.deleteChild("b"))),
      ]
      const outcomes: unknown[] = []
      for (const one of deeds) outcomes.push(yield* one.join())
      yield* sleep(100)
      const [terminated, restarted, deleted] = outcomes
      world.check("there to be terminated, unless it was deleted", terminated === "done" || terminated === "not_found")
      world.check("restarted only if it was stopped", ["done", "running", "restarting", "not_found"].includes(String(restarted)))
      world.check("deleted only if it was stopped", ["done", "running", "restarting"].includes(String(deleted)))
      if (deleted === "done") world.check("gone", !ledger.lives("b") && top.childSpec("b") === undefined)
      else world.check("still known", top.childSpec("b") !== undefined)
      world.check("nobody waits", top.tree().children.every(({ state }) => state !== "restarting") && world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "the supervisor is stopped, or killed, in the millisecond in which a delay is over",
    *scenario(world) {
      const { ledger, top } = yield* three(world, "one_for_one", { b: TEN, c: TEN }, { b: slowly })
      crash(top, "b")
      crash(top, "c")
      yield* sleep(world.fault("earlier") ? 5 : 10)
      yield* moment(world, 3)
      if (world.fault("killed")) top.exit(ExitReason.kill)
      else yield* top.stop(ExitReason.shutdown)
      yield* top.join()
      yield* sleep(1)
      world.check("nobody is left", ledger.alive === "")
      world.check("no timer is left", world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "delayed starts fail until there are too many, while it is terminated at some moment",
    *scenario(world) {
      const failing: Plot = {
        *init(attempt): Routine {
          yield* (slowly.init as () => Routine)()
          if (attempt > 1) throw new Stung("it never comes back")
        },
      }
      const { ledger, top } = yield* three(world, "one_for_one", { b: { ...TEN, maxAttempts: 2 } }, { b: failing }, "b")
      crash(top, "b")
      const hand = at(20, "terminates", () => asked(() => top.terminateChild("b")))
      yield* sleep(15)
      crash(top, "c")
      const outcome = yield* hand.join()
      yield* sleep(100)
      world.check("in time, or it has given up", outcome === "done" ? top.alive && ledger.alive === "ac" : outcome === "ended" && ledger.alive === "")
      world.check("as many attempts as allowed", outcome === "ended" ? ledger.starts("b") === 3 : ledger.starts("b") <= 3)
    },
  },
  {
    name: "delays grow with each failure, and begin anew at the very edge of a healthy run",
    *scenario(world) {
      const { ledger, top } = yield* three(world, "one_for_one", { b: { minMs: 10, factor: 2, jitter: 0, resetAfterMs: 100 } }, { b: slowly })
      const delays: (number | undefined)[] = []
      world.system.events.on("supervisor", ({ context, delayMs }) => void (context === "child_terminated" && delays.push(delayMs)))
      const villain = tasklet({ name: "villain" }, function* (): Routine {
        crash(top, "b")
        yield* sleep(10 + 99)
        crash(top, "b")
        yield* sleep(20 + 100)
        crash(top, "b")
      })
      yield* moment(world, 3)
      crash(top, "c")
      yield* villain
      yield* sleep(100)
      world.check("10, 20, and 10 again", delays.filter((ms) => ms !== undefined).join() === "10,20,10")
      world.check("all run", ledger.alive === "abc")
    },
  },
]

function groups(strategy: Strategy): readonly NamedScenario[] {
  return [
    {
      name: `${strategy}: one in front fails in the millisecond in which the delay of another one is over`,
      *scenario(world) {
        const { ledger, top } = yield* three(world, strategy, { b: TEN }, { a: slowly, b: slowly })
        crash(top, "b")
        yield* sleep(10)
        yield* moment(world, 5)
        crash(top, "a")
        yield* sleep(100)
        world.check("all run", ledger.alive === "abc" && top.countChildren().active === 3)
      },
    },
    {
      name: `${strategy}: one in front fails while another one waits: that waits on, and comes back when its time has come`,
      *scenario(world) {
        const { ledger, top } = yield* three(world, strategy, { b: TEN, c: TEN }, { a: slowly, b: slowly })
        const back: number[] = []
        world.system.events.on("started", (ref) => void (ref.label === "b" && back.push(world.clock.now())))
        crash(top, "b")
        yield* sleep(5)
        yield* moment(world, 3)
        crash(top, "a")
        yield* sleep(100)
        world.check("all run", ledger.alive === "abc" && top.countChildren().active === 3)
        world.check("not before its time", back[0] === 10)
      },
    },
    {
      name: `${strategy}: two back off, and their delays are over in the same millisecond`,
      *scenario(world) {
        const { ledger, top } = yield* three(world, strategy, { a: TEN, b: TEN }, { b: slowly, c: slowly })
        const villains = ["b", "a"].map((id) =>
          tasklet({ name: `villain of ${id}` }, function* (): Routine {
            yield* moment(world, 4)
            crash(top, id)
          }),
        )
        for (const one of villains) yield* one
        yield* sleep(100)
        world.check("all run", ledger.alive === "abc" && top.countChildren().active === 3)
        world.check("no restart counts", top.tree().restarts === 0)
        world.check("nobody waits", world.scheduler.statistics().timers === 0)
      },
    },
    {
      name: `${strategy}: two back off, one behind the other and for longer: neither comes back before its time`,
      *scenario(world) {
        const { ledger, top } = yield* three(world, strategy, { b: TEN, c: { ...TEN, minMs: 20 } }, { b: slowly })
        const villains = ["c", "b"].map((id) =>
          tasklet({ name: `villain of ${id}` }, function* (): Routine {
            yield* moment(world, 3)
            crash(top, id)
          }),
        )
        for (const one of villains) yield* one
        yield* sleep(100)
        world.check("all run", ledger.alive === "abc" && top.countChildren().active === 3)
      },
    },
    {
      name: `${strategy}: the one that waits is terminated as its delay is over: the rest comes back`,
      *scenario(world) {
        const { ledger, top } = yield* three(world, strategy, { b: TEN }, { b: slowly, c: slowly }, "b")
        crash(top, "b")
        const outcome = yield* at(10, "terminates", () => asked(() => top.terminateChild("b"))).join()
        yield* sleep(100)
        world.check("it was there", outcome === "done" && !ledger.lives("b"))
        world.check("the rest runs", ledger.alive === "ac" && top.countChildren().active === 2)
      },
    },
    {
      name: `${strategy}: a delayed start of the group fails behind the one that has waited, while the first one fails`,
      *scenario(world) {
        const shy: Plot = {
          init(attempt) {
            if (attempt === 2) throw new Stung("the second c")
          },
        }
        const { ledger, top } = yield* three(world, strategy, { b: TEN }, { b: slowly, c: shy })
        crash(top, "b")
        yield* sleep(10)
        yield* moment(world, 6)
        crash(top, "a")
        yield* sleep(100)
        world.check("all run", ledger.alive === "abc" && top.countChildren().active === 3)
      },
    },
    {
      name: `${strategy}: while one waits, others are started, terminated and deleted by hand, and fail`,
      *scenario(world) {
        const { ledger, top } = yield* three(world, strategy, { b: TEN }, { b: slowly }, "c")
        crash(top, "b")
        yield* sleep(9)
        const hand = tasklet({ name: "hand" }, function* (): Routine {
          yield* moment(world, 2)
          const outcomes = [yield* asked(() => top.restartChild("c"))]
          if (!world.fault("that is all")) {
            outcomes.push(yield* asked(() => top.terminateChild("c")))
            outcomes.push(yield* asked(() => top.deleteChild("c")))
          }
          world.check("each is done or refused", outcomes.every((one) => ["done", "running", "restarting"].includes(one)))
        })
        const villain = at(1, "villain", function* () {
          crash(top, "a")
        })
        yield* hand
        yield* villain.join()
        yield* sleep(100)
        world.check("a and b run", ledger.lives("a") && ledger.lives("b"))
        world.check("c runs or is stopped", ledger.lives("c") === (top.child("c")?.alive ?? false))
        world.check("nobody waits", top.tree().children.every(({ state }) => state !== "restarting"))
      },
    },
  ]
}

export const backoffScenarios: readonly NamedScenario[] = [...alone, ...GROUPS.flatMap(groups)]
