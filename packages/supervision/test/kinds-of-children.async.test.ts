/** Async functions as children: they cannot be unwound, so they are told by a signal, waited for, and given up in the end. */
import { Actor, ExitReason, type Process, type Ref } from "@vivarium/actors"
import { child, type LifeOptions, supervisor, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { wordOf } from "../../actors/test/fixtures/stage.ts"
import { childrenOf, TendedStage } from "./fixtures/tended-stage.ts"

/** One run of the function: what it has been given, and how it can be brought to its end. */
interface Run {
  readonly self: Process
  readonly resolve: (value?: unknown) => void
  readonly reject: (error: unknown) => void
}

let stage: TendedStage
let runs: Run[]
let log: string[]
let abandoned: unknown[]

beforeEach(() => {
  stage = new TendedStage()
  runs = []
  log = []
  abandoned = []
  stage.system.events.on("abandoned", ({ error, ref }) => abandoned.push(error === undefined ? String(ref) : `${String(ref)}: ${(error as Error).message}`))
  stage.system.events.on("ended", ({ reason, ref }) => log.push(`${ref.label ?? ref.name ?? "?"} ends ${String(wordOf(reason))} at ${stage.clock.now()}`))
})
afterEach(async () => {
  for (const { resolve } of runs) resolve()
  await stage[Symbol.asyncDispose]()
})

/** Heeds nothing by itself: the test says when it ends, and how. */
function glue(self: Process): Promise<unknown> {
  const { promise, reject, resolve } = Promise.withResolvers<unknown>()
  runs.push({ self, resolve, reject })
  log.push(`glue begins at ${stage.clock.now()}`)
  return promise
}

/** Ends as soon as it is told. */
async function heedful(self: Process): Promise<void> {
  log.push("heedful begins")
  try {
    await new Promise((_resolve, reject) => self.signal.addEventListener("abort", () => reject(self.signal.reason as Error)))
  } finally {
    log.push(`heedful is told: ${self.self.alive}`)
  }
}

function tend(options: LifeOptions = {}, ...more: Parameters<typeof supervisor>[0][]): SupervisorRef {
  const top = stage.value(() => stage.system.start(supervisor({ id: "top", children: [child(glue, { id: "glue", ...options })], ...more[0] })))
  stage.pass()
  return top
}

const latest = (): Run => runs.at(-1) as Run

describe("an async child that fails", () => {
  it("is restarted when it rejects, and its error is the reason", async () => {
    const top = tend()
    latest().reject(new Error("stung"))
    await stage.turns()
    expect([runs.length, childrenOf(top), top.tree().restarts]).toEqual([2, ["glue"], 1])
    expect(stage.news().slice(1)).toEqual(["child_terminated glue stung", "child_restarted glue"])
    expect(stage.crashes.map(({ reason }) => wordOf(reason))).toEqual(["stung"])
  })

  it("is restarted after its delay if it backs off, whatever it rejects with", async () => {
    const top = tend({ backoff: { minMs: 100, jitter: 0 } })
    latest().reject("no error at all")
    await stage.turns()
    expect([runs.length, childrenOf(top)]).toEqual([1, ["glue restarting"]])
    stage.pass(100)
    expect([runs.length, childrenOf(top)]).toEqual([2, ["glue"]])
  })

  it("ends normal when it resolves, with anything", async () => {
    const top = tend({ restart: "transient" })
    latest().resolve(new Error("a value"))
    await stage.turns()
    expect([childrenOf(top), stage.crashes]).toEqual([["glue stopped"], []])
  })
})

describe("an async child that is told to end", () => {
  it("sees its signal, and is waited for", async () => {
    const top = tend()
    const { self } = latest()
    const stopping = stage.begin(() => top.terminateChild("glue"))
    stage.pass(4_999)
    expect([self.signal.aborted, stopping.settled, self.self.alive]).toEqual([true, false, false])
    latest().resolve()
    await stage.turns()
    expect([stopping.settled, stage.news().at(-1), abandoned, stage.timers]).toEqual([true, "child_stopped glue shutdown", [], 0])
  })

  it("ends in order if it rejects with the signal's reason, an AbortError, or for want of messages", async () => {
    const endings: readonly ((self: Process) => Promise<unknown>)[] = [
      async (self) => {
        await new Promise((resolve) => self.signal.addEventListener("abort", resolve))
        self.signal.throwIfAborted()
      },
      async (self) => {
        await new Promise((resolve) => self.signal.addEventListener("abort", resolve))
        throw new DOMException("aborted", "AbortError")
      },
      async (self) => self.receive(),
    ]
    for (const body of endings) {
      const top = stage.value(() => stage.system.start(supervisor({ children: [child(body, { id: "it" })] })))
      stage.pass()
      const stopping = stage.begin(() => top.terminateChild("it"))
      await stage.turns()
      expect([stopping.settled, stage.news().at(-1)]).toEqual([true, "child_stopped it shutdown"])
    }
    expect([stage.crashes, abandoned]).toEqual([[], []])
  })

  it("that fails while it does is a shutdown error", async () => {
    const top = tend()
    stage.begin(() => top.terminateChild("glue"))
    stage.pass()
    latest().reject(new Error("broke the jar"))
    await stage.turns()
    expect([stage.news().at(-1), childrenOf(top)]).toEqual(["shutdown_error glue broke the jar", ["glue stopped"]])
  })

  it("that ignores it past shutdownMs is given up: told as abandoned, with a handle that is dead", async () => {
    const top = tend({ shutdownMs: 300 })
    const { self } = latest()
    const stopping = stage.begin(() => top.terminateChild("glue"))
    stage.pass(299)
    expect([stopping.settled, abandoned]).toEqual([false, []])
    stage.pass(1)
    expect([stopping.settled, abandoned.length, self.self.alive, stage.system.statistics().abandoned, stage.timers]).toEqual([true, 1, false, 1, 0])
    expect(() => self.spawn(function* () {})).toThrow(expect.objectContaining({ code: "dead_actor" }) as Error)
    expect(self.self.send("hello")).toBe(false)
    latest().reject(new Error("too late"))
    await stage.turns()
    expect(abandoned).toEqual([String(self.self), `${String(self.self)}: too late`])
    expect([childrenOf(top), stage.crashes]).toEqual([["glue stopped"], []])
  })

  it("is waited for without an end if its shutdownMs is infinity", async () => {
    const top = tend({ shutdownMs: "infinity" })
    const stopping = stage.begin(() => top.terminateChild("glue"))
    stage.pass(10 * 24 * 3_600_000)
    expect([stopping.settled, stage.timers]).toEqual([false, 0])
    latest().resolve()
    await stage.turns()
    expect([stopping.settled, abandoned]).toEqual([true, []])
  })

  it("is abandoned at once by a brutal kill, which it sees by its signal", () => {
    const top = tend({ shutdownMs: "brutal_kill" })
    const { self } = latest()
    stage.value(() => top.terminateChild("glue"))
    expect([abandoned.length, self.signal.aborted, stage.news().at(-1), stage.timers]).toEqual([1, true, "child_stopped glue killed", 0])
  })
})

describe("a new instance", () => {
  class Sibling extends Actor {
    sting() {
      throw new Error("stung")
    }
  }

  it.each(["one_for_all", "rest_for_one"] as const)("is not started under %s before the last one has settled, or is given up", async (strategy) => {
    const children = [Sibling, child(glue, { id: "glue", shutdownMs: 300 })]
    const top = stage.value(() => stage.system.start(supervisor({ strategy, children })))
    stage.pass()
    for (const settles of [true, false]) {
      const before = runs.length
      const from = stage.clock.now()
      ;(top.child("Sibling") as Ref<Sibling>).cast.sting()
      stage.pass(299)
      expect([runs.length, top.child("Sibling")?.alive]).toEqual([before, undefined])
      if (settles) latest().resolve()
      else stage.pass(1)
      await stage.turns()
      expect([runs.length, abandoned.length, log.at(-1)]).toEqual([before + 1, settles ? 0 : 1, `glue begins at ${from + (settles ? 299 : 300)}`])
    }
  })

  it("is not started by hand either: the supervisor does one thing after another", async () => {
    const top = tend({ shutdownMs: 300 })
    const stopping = stage.begin(() => top.terminateChild("glue"))
    const restarting = stage.begin(() => top.restartChild("glue"))
    stage.pass(200)
    expect([stopping.settled, restarting.settled, runs.length]).toEqual([false, false, 1])
    stage.pass(100)
    expect([stopping.at, restarting.settled, runs.length]).toEqual([300, true, 2])
  })

  it("of one that was killed by somebody is started at once: what is left of that is told as abandoned", async () => {
    const top = tend()
    const { self } = latest()
    self.self.exit(ExitReason.kill)
    await stage.turns()
    expect([runs.length, abandoned, childrenOf(top), self.signal.aborted]).toEqual([2, [String(self.self)], ["glue"], true])
  })

  it("of one that was sent an exit signal waits until that has settled", async () => {
    const top = tend({ shutdownMs: 300 })
    latest().self.self.exit(ExitReason.custom("stung"))
    stage.pass(100)
    expect([runs.length, childrenOf(top)]).toEqual([1, ["glue"]])
    latest().resolve()
    await stage.turns()
    expect([runs.length, stage.news().slice(1)]).toEqual([2, ["child_terminated glue stung", "child_restarted glue"]])
  })
})

describe("async children of a supervisor that ends", () => {
  it("are stopped in order, the youngest first, each with its own time", async () => {
    const children = [child(heedful, { id: "heedful" }), child(glue, { id: "glue", shutdownMs: 300 }), child(glue, { id: "second", shutdownMs: 200 })]
    const top = stage.value(() => stage.system.start(supervisor({ id: "top", children })))
    stage.pass()
    log.length = 0
    const stopping = stage.begin(() => top.stop())
    await stage.turns()
    stage.pass(200)
    expect([stopping.settled, log.at(-1)]).toEqual([false, "second ends killed at 200"])
    stage.pass(300)
    await stage.turns()
    expect([stopping.settled, log]).toEqual([true, ["second ends killed at 200", "glue ends killed at 500", "heedful is told: false", "heedful ends shutdown at 500", "top ends normal at 500"]])
    expect([abandoned.length, stage.timers]).toEqual([2, 0])
  })

  it("outlive one that is killed by their shutdownMs at most, and it is not started again before", async () => {
    const inner = supervisor({ id: "inner", children: [child(glue, { id: "glue", shutdownMs: 300 }), child(heedful, { id: "heedful" })] })
    const top = stage.value(() => stage.system.start(supervisor({ children: [inner] })))
    stage.pass()
    top.child("inner")?.exit(ExitReason.kill)
    await stage.turns()
    expect([runs.length, runs[0]?.self.signal.aborted, log.at(-1)]).toEqual([1, true, "heedful ends killed at 0"])
    stage.pass(299)
    expect([runs.length, top.child("inner")?.alive]).toEqual([1, undefined])
    stage.pass(1)
    await stage.turns()
    expect([runs.length, childrenOf(top), abandoned.length, log.filter((line) => line.startsWith("glue"))]).toEqual([2, ["inner"], 1, ["glue begins at 0", "glue ends killed at 300", "glue begins at 300"]])
  })
})
