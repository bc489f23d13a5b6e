/** What supervisors report: every start, crash, restart, giving up and stop is one report, in order. */
import { Actor, ExitReason, ignore, type Process, type Ref } from "@vivarium/actors"
import { child, dynamicSupervisor, FailedToStart, type Restart, type Strategy, supervisor, type SupervisorOptions, type SupervisorRef, type SupervisorReport, type Tree } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { childrenOf, TendedStage } from "./fixtures/tended-stage.ts"

let stage: TendedStage
beforeEach(() => {
  stage = new TendedStage()
  plans.length = 0
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

const boom = new Error("boom", { cause: new RangeError("deeper", { cause: "the weather" }) })
/** What the next starts come to. */
const plans: unknown[] = []

class Bee extends Actor {
  init() {
    const plan = plans.shift()
    if (plan instanceof Error) throw plan
    return plan
  }
  end(reason: ExitReason) {
    this.stop(reason)
  }
}

function begin(options: SupervisorOptions = {}): SupervisorRef {
  return stage.value(() => stage.system.start(supervisor({ id: "hive", ...options })))
}

/** A child ends by itself, and what comes of it is done. Gives its reference. */
function end(top: SupervisorRef, id: string, reason: ExitReason = ExitReason.error(boom)): Ref<Bee> {
  const ref = top.child(id, Bee) as Ref<Bee>
  ref.cast.end(reason)
  stage.pass()
  return ref
}

function reports(): SupervisorReport[] {
  return stage.told.splice(0)
}

const three = ["a", "b", "c"].map((id) => child(Bee, { id }))

describe("the reports of a life", () => {
  const groups: Record<Strategy, string[]> = {
    one_for_one: ["child_restarted b"],
    one_for_all: ["child_stopped c shutdown", "child_stopped a shutdown", "child_restarted a", "child_restarted b", "child_restarted c"],
    rest_for_one: ["child_stopped c shutdown", "child_restarted b", "child_restarted c"],
  }

  it.each(Object.keys(groups) as Strategy[])("%s: starts, a crash, its restarts, the crash that is too much, and the stops, in order", (strategy) => {
    const top = begin({ strategy, maxRestarts: 1, children: three })
    expect(stage.news()).toEqual(["child_started a", "child_started b", "child_started c"])
    end(top, "b")
    expect(stage.news()).toEqual([`child_terminated b boom`, ...groups[strategy]])
    end(top, "b")
    expect(stage.news()).toEqual(["child_terminated b boom", "shutdown b shutdown \"gave_up\"", "child_stopped c shutdown", "child_stopped a shutdown"])
    expect(top.alive).toBe(false)
  })

  it.each([
    ["permanent", ExitReason.normal, "error", ["child_terminated a", "child_restarted a"]],
    ["permanent", ExitReason.shutdownWith("x"), "error", ["child_terminated a shutdown \"x\"", "child_restarted a"]],
    ["permanent", ExitReason.custom("bad"), "error", ["child_terminated a bad", "child_restarted a"]],
    ["transient", ExitReason.normal, "info", ["child_terminated a"]],
    ["transient", ExitReason.custom("bad"), "error", ["child_terminated a bad", "child_restarted a"]],
    ["temporary", ExitReason.shutdown, "info", ["child_terminated a shutdown"]],
    ["temporary", ExitReason.custom("bad"), "error", ["child_terminated a bad"]],
  ] as const)("a %s child that ends with %o: that is told as %s", (restart, reason, level, told) => {
    const top = begin({ children: [child(Bee, { id: "a", restart: restart as Restart })] })
    stage.news()
    end(top, "a", reason)
    expect(stage.told[0]?.level).toBe(level)
    expect(stage.news()).toEqual(told)
  })

  it("wishes are told: a start, a stop, a restart by hand; forgetting a child is nothing", () => {
    const top = begin()
    stage.value(() => top.startChild(child(Bee, { id: "a" })))
    stage.value(() => top.terminateChild("a"))
    stage.value(() => top.restartChild("a"))
    stage.value(() => top.terminateChild("a"))
    stage.value(() => top.deleteChild("a"))
    expect(stage.told.map(({ level }) => level)).toEqual(["info", "info", "info", "info"])
    expect(stage.news()).toEqual(["child_started a", "child_stopped a shutdown", "child_started a", "child_stopped a shutdown"])
  })

  it("a start that fails: the child that could not be started, then the stops of those before it", () => {
    const { error } = stage.outcome(() => stage.system.start(supervisor({ children: [child(Bee, { id: "a" }), child({ id: "b", start: fail })] })))
    expect(error).toBeDefined()
    expect(stage.news()).toEqual(["child_started a", "start_error b boom", "child_stopped a shutdown"])
  })

  it("restarts that fail: each attempt is one report, and counts", () => {
    const top = begin({ maxRestarts: 2, children: [child(Bee, { id: "a" })] })
    stage.news()
    plans.push(boom, boom, boom)
    end(top, "a")
    expect(stage.told.map(({ restarts }) => restarts)).toEqual([0, 1, 2, 3])
    expect(stage.news()).toEqual(["child_terminated a boom", "start_error a boom", "start_error a boom", "shutdown a shutdown \"gave_up\""])
  })

  it("back-off: the crash and each attempt that fails tell the next delay; whoever gives up promises none", () => {
    const top = begin({ children: [child(Bee, { id: "a", backoff: { minMs: 10, jitter: 0, maxAttempts: 2 } })] })
    stage.news()
    plans.push(boom)
    end(top, "a")
    stage.pass(10)
    stage.pass(20)
    end(top, "a")
    const told = reports().map(({ attempt, context, delayMs }) => [context, delayMs, attempt])
    expect(told).toEqual([
      ["child_terminated", 10, 1],
      ["start_error", 20, 2],
      ["child_restarted", undefined, 2],
      ["child_terminated", undefined, 3],
      ["shutdown", undefined, 3],
    ])
  })

  it("a child that waits for its restart, and is told to stop, is stopped: once", () => {
    const top = begin({ children: [child(Bee, { id: "a", backoff: {} }), child(Bee, { id: "b", backoff: {} })] })
    end(top, "a")
    end(top, "b")
    stage.news()
    stage.value(() => top.terminateChild("a"))
    expect(stage.news()).toEqual(["child_stopped a shutdown"])
    stage.value(() => top.stop())
    expect(stage.news()).toEqual(["child_stopped b shutdown"])
  })

  it("a child that chooses not to start again is told as ignored, so that no crash is left without an outcome", () => {
    const top = begin({ children: [child(Bee, { id: "a" })] })
    plans.push(ignore)
    end(top, "a")
    expect(childrenOf(top)).toEqual(["a stopped"])
    expect(stage.told.at(-1)?.level).toBe("info")
    expect(stage.news()).toEqual(["child_started a", "child_terminated a boom", "child_ignored a ignore"])
  })

  it("so is a dynamic one, which is forgotten", () => {
    const bees = stage.value(() => stage.system.start(dynamicSupervisor()))
    const ref = stage.value(() => bees.startChild(child(Bee, { id: "a" }))) as Ref<Bee>
    plans.push(ignore)
    ref.cast.end(ExitReason.error(boom))
    stage.pass()
    expect(bees.countChildren().specs).toBe(0)
    expect(stage.news()).toEqual(["child_started a", "child_terminated a boom", "child_ignored a ignore"])
  })

  it("a child that does not end as it was told is an error", () => {
    const stubborn = function* stubborn(self: Process) {
      self.trapExit = true
      for (;;) yield* self.receive((_message: unknown) => false)
    }
    const top = begin({ children: [child(stubborn, { shutdownMs: 10 })] })
    const wait = stage.begin(() => top.terminateChild("stubborn"))
    stage.pass(10)
    expect(wait.settled).toBe(true)
    expect(stage.told.at(-1)?.level).toBe("error")
    expect(stage.told.at(-1)?.note).toBe("it did not end within 10 ms, so it was killed")
    expect(stage.news()).toEqual(["child_started stubborn", "shutdown_error stubborn killed"])
  })

  it("of an async one that had to be killed the code may go on; of one that somebody else has killed nobody was late", () => {
    const deaf = () => new Promise<void>(() => {})
    const stubborn = function* stubborn(self: Process) {
      self.trapExit = true
      for (;;) yield* self.receive((_message: unknown) => false)
    }
    for (const start of [supervisor, dynamicSupervisor]) {
      const top = stage.value(() => stage.system.start(start() as Tree<SupervisorRef>))
      for (const [id, what] of [["deaf", deaf], ["shot", stubborn]] as const) stage.value(() => top.startChild(child(what, { id, shutdownMs: 10 })))
      const [shot] = top.whichChildren()
      const wait = stage.begin(() => top.stop())
      stage.pass(5)
      shot?.ref?.exit(ExitReason.kill)
      stage.pass(10)
      expect(wait.settled).toBe(true)
      expect(Object.fromEntries(reports().filter(({ context }) => context === "shutdown_error").map(({ note, offender }) => [offender?.id, note]))).toEqual({
        deaf: "it did not end within 10 ms, so it was killed; its async code may still run, and the system's event abandoned tells of it",
        shot: undefined,
      })
    }
  })

  it("dynamic children: the same, one report each", () => {
    const bees = stage.value(() => stage.system.start(dynamicSupervisor({ maxRestarts: 1 })))
    const [first, second] = ["x", "y"].map((id) => stage.value(() => bees.startChild(child(Bee, { id })))) as [Ref<Bee>, Ref<Bee>]
    first.cast.end(ExitReason.error(boom))
    stage.pass()
    second.cast.end(ExitReason.error(boom))
    stage.pass()
    expect(stage.news()).toEqual(["child_started x", "child_started y", "child_terminated x boom", "child_restarted x", "child_terminated y boom", "shutdown y shutdown \"gave_up\"", "child_stopped x shutdown"])
  })

  it.each([
    ["any_significant", ExitReason.normal, "info", undefined],
    ["any_significant", ExitReason.error(boom), "error", boom],
    ["all_significant", ExitReason.shutdown, "info", undefined],
  ] as const)("a supervisor that stops by itself, %s, after %o", (autoShutdown, reason, level, failure) => {
    const top = begin({ autoShutdown, children: [child(Bee, { id: "a" }), child(Bee, { id: "b", restart: "temporary", significant: true })] })
    stage.news()
    const ref = end(top, "b", reason)
    const [, report] = stage.told
    expect([report?.context, report?.level, report?.offender?.id, report?.offender?.ref === ref, report?.reason]).toEqual(["shutdown", level, "b", true, ExitReason.shutdown])
    expect(report?.failure).toEqual(failure === undefined ? undefined : ExitReason.error(failure))
    expect(report?.note).toMatch(/^(a significant child has ended; it|all significant children have ended; the last one) was "b"$/)
    expect(stage.news().length).toBe(3)
  })

  it("a transient supervisor is a warning, when it is declared", () => {
    begin({ children: [supervisor({ id: "nursery", restart: "transient" })] })
    expect(stage.told[0]).toMatchObject({ context: "warning", level: "warning", offender: { id: "nursery", kind: "supervisor", ref: undefined, what: "supervisor" } })
  })
})

function fail(): never {
  throw boom
}

describe("what is in a report", () => {
  it("of a crash and of a restart: who, why with all causes, which process has ended and which runs now, and when", () => {
    const top = begin({ maxRestarts: 7, withinMs: 800, children: [child(Bee, { id: "a", restart: "transient", shutdownMs: 30 })] })
    stage.pass(5)
    reports()
    const ended = end(top, "a")
    const [crash, restart] = reports()
    expect(crash).toMatchObject({ context: "child_terminated", at: 5, restarts: 0, maxRestarts: 7, withinMs: 800, attempt: 0, delayMs: undefined, failure: undefined, note: undefined })
    expect(crash?.supervisor).toBe(top)
    expect(crash?.reason).toEqual(ExitReason.error(boom))
    expect(crash?.causes).toEqual([boom, boom.cause, "the weather"])
    expect(crash?.offender).toEqual({ id: "a", ref: ended, what: "Bee", kind: "worker", restart: "transient", shutdownMs: 30, significant: false })
    expect(restart).toMatchObject({ context: "child_restarted", restarts: 1, reason: ExitReason.normal, causes: [] })
    expect([restart?.offender?.ref === top.child("a"), restart?.offender?.ref === ended]).toEqual([true, false])
  })

  it("of giving up: the failure that was too much, which child it was, and what limit there was", () => {
    const top = begin({ maxRestarts: 0, withinMs: 100, children: [child(Bee, { id: "a" })] })
    reports()
    const ended = end(top, "a")
    const [, report] = reports()
    expect(report).toMatchObject({ context: "shutdown", level: "error", restarts: 1, maxRestarts: 0, note: 'gives up: more than 0 restarts within 100 ms; the last one to fail was child "a"' })
    expect([report?.reason, report?.failure, report?.offender?.ref === ended]).toEqual([ExitReason.shutdownWith("gave_up"), ExitReason.error(boom), true])
    expect(report?.causes).toEqual([boom, boom.cause, "the weather"])
  })

  it("of a nested start that fails: the causes go down to the first error", () => {
    plans.push(boom)
    stage.outcome(() => stage.system.start(supervisor({ id: "outer", children: [supervisor({ id: "inner", children: [child(Bee, { id: "maya" })] })] })))
    const [inner, outer] = reports()
    expect([inner?.offender?.id, inner?.causes[0]]).toEqual(["maya", boom])
    expect(outer?.offender?.id).toBe("inner")
    expect(outer?.reason.kind === "shutdown" && outer.reason.detail).toBeInstanceOf(FailedToStart)
    expect(outer?.causes.includes(boom)).toBe(true)
    expect(outer?.causes.at(-1)).toBe("the weather")
  })

  it("is the same in JSON, in words", () => {
    const id = Symbol("maya")
    const top = begin({ maxRestarts: Infinity, children: [child(Bee, { id })] })
    ;(top.child(id) as Ref<Bee>).cast.end(ExitReason.error(boom))
    stage.pass()
    expect(JSON.parse(JSON.stringify(stage.told[1]))).toEqual({
      level: "error",
      context: "child_terminated",
      supervisor: String(top),
      offender: { id: "Symbol(maya)", ref: "Bee #2", what: "Bee", kind: "worker", restart: "permanent", shutdownMs: 5000, significant: false },
      reason: "Error: boom",
      causes: ["Error: boom", "RangeError: deeper", '"the weather"'],
      at: 0,
      restarts: 0,
      maxRestarts: "infinity",
      withinMs: 5000,
      attempt: 0,
    })
  })
})
