/** Reports in words: what is told, how it is cut, and that nothing in a report can make it raise. */
import { Actor, ExitReason, type Ref, StartError } from "@vivarium/actors"
import { InvalidArgumentError } from "@vivarium/core"
import { child, FailedToStart, formatReport, type Offender, type ReportContext, type ReportParts, supervisor, SupervisorReport } from "@vivarium/supervision"
import { beforeAll, describe, expect, it } from "vitest"
import { TendedStage } from "./fixtures/tended-stage.ts"

class Bee extends Actor {}

let supervisorRef: Ref<unknown>
let bee: Ref<unknown>
beforeAll(async () => {
  await using stage = new TendedStage()
  supervisorRef = stage.value(() => stage.system.start(supervisor({ id: "hive", children: [child(Bee, { id: "maya" })] })))
  bee = stage.told[0]?.offender?.ref as Ref<unknown>
})

function offender(parts: Partial<Offender> = {}): Offender {
  return { id: "maya", ref: bee, what: "Bee", kind: "worker", restart: "permanent", shutdownMs: 5000, significant: false, ...parts }
}

function report(parts: Partial<ReportParts> = {}): SupervisorReport {
  const defaults: ReportParts = {
    supervisor: supervisorRef, context: "child_terminated", reason: ExitReason.normal, offender: offender(),
    at: 7, restarts: 2, maxRestarts: 3, withinMs: 5000, attempt: 0, delayMs: undefined, failure: undefined, note: undefined,
  }
  return new (SupervisorReport as new (parts: ReportParts) => SupervisorReport)({ ...defaults, ...parts })
}

/** The report of an end for an error, or whatever else was thrown. */
function crash(error: unknown): SupervisorReport {
  return report({ reason: ExitReason.error(error) })
}

function lines(text: string): string[] {
  return text.split("\n")
}

const nested = new Error("no wings", { cause: new RangeError("a larva", { cause: "the weather" }) })

describe("the lines", () => {
  it("tell the level, what has happened, the supervisor, the child, why, how many restarts count, and when it is started again", () => {
    const text = formatReport(report({ reason: ExitReason.error(nested), delayMs: 119.2, attempt: 3, note: "take care" }), { stack: false })
    expect(lines(text)).toEqual([
      'error: child "maya" has crashed (child_terminated)',
      '  supervisor: supervisor "hive" (#1)',
      '  child:      "maya", Bee "maya" (#2), permanent worker, 5000 ms to shut down',
      "  reason:     Error: no wings",
      "  caused by:  RangeError: a larva",
      '  caused by:  "the weather"',
      "  restarts:   2 of 3 within 5000 ms",
      "  next start: in 120 ms, attempt 3",
      "  note:       take care",
    ])
  })

  it("end with the stack of the innermost error, unless it is left out", () => {
    const inner = new TypeError("inner")
    inner.stack = "TypeError: inner\n    at innermost (hive.ts:1:1)\n    at next (hive.ts:2:2)"
    const outer = crash(new Error("outer", { cause: inner }))
    expect(lines(formatReport(outer)).slice(-2)).toEqual(["    at innermost (hive.ts:1:1)", "    at next (hive.ts:2:2)"])
    expect(formatReport(outer, { stack: false })).not.toContain(" at ")
    expect(formatReport(crash(new Error("outer", { cause: "a text" })))).toContain("format-report.test.ts")
  })

  it.each<[ReportContext, Partial<ReportParts>, string]>([
    ["child_started", {}, 'info: child "maya" has been started'],
    ["child_restarted", {}, 'info: child "maya" has been started again'],
    ["child_ignored", { reason: ExitReason.ignore }, 'info: child "maya" has chosen not to start'],
    ["child_stopped", { reason: ExitReason.shutdown }, 'info: child "maya" has been stopped'],
    ["child_terminated", {}, 'error: child "maya" has ended by itself'],
    ["child_terminated", { offender: offender({ restart: "transient" }) }, 'info: child "maya" has ended by itself'],
    ["child_terminated", { reason: ExitReason.killed }, 'error: child "maya" has been killed'],
    ["child_terminated", { reason: ExitReason.custom("bad") }, 'error: child "maya" has crashed'],
    ["start_error", { reason: ExitReason.timeout }, 'error: child "maya" could not be started'],
    ["shutdown_error", { reason: ExitReason.killed }, 'error: child "maya" has not ended as it was told'],
    ["shutdown", { reason: ExitReason.shutdownWith("gave_up"), failure: ExitReason.normal }, "error: the supervisor gives up"],
    ["shutdown", { reason: ExitReason.shutdown }, "info: the supervisor stops by itself"],
    ["warning", {}, 'warning: child "maya" is declared in a way that may surprise'],
  ])("%s with %o: %s", (context, parts, words) => {
    expect(lines(formatReport(report({ context, ...parts })))[0]).toBe(`${words} (${context})`)
  })

  it.each<[Partial<Offender>, string]>([
    [{}, '"maya", Bee "maya" (#2), permanent worker, 5000 ms to shut down'],
    [{ id: 7, ref: undefined, restart: "temporary", shutdownMs: "brutal_kill", significant: true }, "7, Bee, significant temporary worker, killed to stop it"],
    [{ id: Symbol("maya"), what: "makeBee" }, 'Symbol(maya), makeBee, Bee "maya" (#2), permanent worker, 5000 ms to shut down'],
    [{ id: "nursery", what: "supervisor", kind: "supervisor", ref: undefined, shutdownMs: "infinity" }, '"nursery", supervisor, permanent supervisor, any time to shut down'],
  ])("a child %o is told as %s", (parts, words) => {
    expect(lines(formatReport(report({ offender: offender(parts) })))[2]).toBe(`  child:      ${words}`)
  })

  it("leave out what says nothing: no restarts where none are kept, or none were, and no child where there is none", () => {
    const short = (parts: Partial<ReportParts>): string[] => lines(formatReport(report(parts))).map((line) => line.trim().split(":")[0] as string)
    expect(short({ maxRestarts: Infinity, restarts: 0 })).toEqual(["error", "supervisor", "child", "reason"])
    expect(short({ context: "child_started", restarts: 0 })).toEqual(["info", "supervisor", "child"])
    expect(short({ context: "child_started" })).toEqual(["info", "supervisor", "child", "restarts"])
    expect(short({ context: "child_restarted", attempt: 2 })).toEqual(["info", "supervisor", "child", "restarts", "attempt"])
    expect(short({ context: "shutdown", reason: ExitReason.shutdown, offender: undefined })).toEqual(["info", "supervisor", "reason", "restarts"])
  })

  it("tell the failure for which a supervisor gives up, and the causes behind it", () => {
    const text = formatReport(report({ context: "shutdown", reason: ExitReason.shutdownWith("gave_up"), failure: ExitReason.error(nested) }), { stack: false })
    expect(lines(text).slice(3, 7)).toEqual(['  reason:     shutdown ("gave_up")', "  failure:    Error: no wings", "  caused by:  RangeError: a larva", '  caused by:  "the weather"'])
  })

  it("tell of too many restarts what is allowed, not a number out of a smaller one", () => {
    expect(formatReport(report({ restarts: 2, maxRestarts: 1 }))).toContain("  restarts:   more than 1 within 5000 ms")
    expect(formatReport(report({ restarts: 1, maxRestarts: 1 }))).toContain("  restarts:   1 of 1 within 5000 ms")
  })

  it("tell which child of which supervisor was not started", () => {
    const text = formatReport(report({ context: "start_error", reason: ExitReason.shutdownWith(new FailedToStart("maya", nested)) }), { stack: false })
    expect(lines(text).slice(3, 6)).toEqual(['  reason:     shutdown (child "maya" was not started: Error: no wings)', "  caused by:  Error: no wings", "  caused by:  RangeError: a larva"])
  })
})

describe("what can be chosen", () => {
  it("oneLine: all in one line, whatever the messages hold, and no stack", () => {
    const text = formatReport(crash(new Error("first\nsecond\r\nthird\u2028fourth", { cause: nested })), { oneLine: true })
    expect(text).toBe(
      'error: child "maya" has crashed (child_terminated); supervisor: supervisor "hive" (#1); ' +
        'reason: Error: first second third fourth; caused by: Error: no wings; caused by: RangeError: a larva; caused by: "the weather"; restarts: 2 of 3 within 5000 ms; ' +
        'child: "maya", Bee "maya" (#2), permanent worker, 5000 ms to shut down',
    )
    expect(formatReport(crash(nested), { oneLine: true, maxLength: 130 })).toContain("; reason: Error: no wings;")
  })

  it("depth: how many causes are told, and how many there are beside", () => {
    let error = new Error("0")
    for (let index = 1; index <= 20; index++) error = new Error(String(index), { cause: error })
    const causes = (depth?: number): string[] => lines(formatReport(crash(error), { stack: false, ...(depth !== undefined && { depth }) })).filter((line) => line.includes("caused by"))
    expect(causes(2)).toEqual(["  caused by:  Error: 19", "  caused by:  Error: 18", "  caused by:  … and 18 more"])
    expect(causes(0)).toEqual(["  caused by:  … and 20 more"])
    expect(causes().length).toBe(11)
    expect(causes(Infinity).length).toBe(20)
  })

  it.each([false, true])("maxLength: so many characters in all, the last one an ellipsis; oneLine: %s", (oneLine) => {
    const whole = formatReport(crash(nested), { oneLine, maxLength: Infinity })
    for (const maxLength of [1, 2, 10, 50, whole.length - 1]) {
      const text = formatReport(crash(nested), { oneLine, maxLength })
      expect(text).toBe(`${whole.slice(0, maxLength - 1)}…`)
    }
    expect(formatReport(crash(nested), { oneLine, maxLength: whole.length })).toBe(whole)
  })

  it("maxLength: never half a surrogate pair", () => {
    const bees = report({ offender: undefined, note: "🐝".repeat(50) })
    for (let maxLength = 1; maxLength < 300; maxLength++) {
      const text = formatReport(bees, { oneLine: true, maxLength })
      expect(text.length).toBeLessThanOrEqual(maxLength)
      expect(text.isWellFormed()).toBe(true)
    }
  })

  it("a message that is much too long leaves room for the rest", () => {
    const text = formatReport(crash(new Error("x".repeat(5_000_000))), { stack: false })
    expect(text.length).toBeLessThan(3_000)
    expect(text).toContain("2 of 3 within 5000 ms")
    expect(formatReport(crash(new Error("x".repeat(5_000))), { maxLength: Infinity })).toContain("x".repeat(5_000))
  })

  it.each([
    ["maxLength", 0], ["maxLength", 1.5], ["maxLength", "10"], ["maxLength", Number.NaN], ["depth", -1], ["depth", null], ["oneLine", 1], ["stack", "yes"], ["lines", 3],
  ])("%s: %o is refused", (option, value) => {
    expect(() => formatReport(crash(nested), { [option]: value })).toThrow(InvalidArgumentError)
    expect(() => formatReport(crash(nested), { [option]: value })).toThrow(new RegExp(option))
  })
})

const trap = (): never => {
  throw new Error("do not look")
}
const trapped = (property: string): Error => Object.defineProperty(new Error("a trap"), property, { get: trap })
const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()
const cyclic = new Error("one", { cause: new Error("two") })
;(cyclic.cause as Error).cause = cyclic
const endless = (): Error => Object.defineProperty(new Error("again"), "cause", { get: endless })
const hostile: readonly (readonly [string, unknown])[] = [
  ["a message that raises", trapped("message")],
  ["a name that raises", trapped("name")],
  ["a cause that raises", trapped("cause")],
  ["a stack that raises", trapped("stack")],
  ["a stack that is no text", Object.assign(new Error("a trap"), { stack: 7 })],
  ["a message that is no text", Object.assign(new Error("a trap"), { message: 7 })],
  ["a name that is a symbol", Object.assign(new Error(""), { name: Symbol("name") })],
  ["a name that is an object without a prototype", Object.assign(new Error(""), { name: Object.create(null) as unknown })],
  ["causes in a circle", cyclic],
  ["itself as its cause", Object.assign(new Error("me"), { cause: null })],
  ["causes without an end", endless()],
  ["a cause that is a text", new Error("outer", { cause: "inner" })],
  ["a cause that is a symbol", new Error("outer", { cause: Symbol("inner") })],
  ["a cause that is a revoked proxy", new Error("outer", { cause: revoked })],
  ["a revoked proxy", revoked],
  ["undefined", undefined],
  ["null", null],
  ["a text", "thrown"],
  ["a number", -0],
  ["a bigint", 7n],
  ["a symbol", Symbol("thrown")],
  ["a function", trap],
  ["an object without a prototype", Object.create(null)],
  ["an object that cannot be told", { toString: trap, [Symbol.toPrimitive]: trap, toJSON: trap }],
  ["an object whose properties raise", Object.defineProperty({}, "honey", { enumerable: true, get: trap })],
  ["an object with words that are none", { "~words": true, toString: () => 7 }],
]

describe("whatever a report carries", () => {
  it.each(hostile)("tells it, and the rest: %s", (_, thrown) => {
    const failed = new FailedToStart("maya", new StartError("init_failed", "it did not start", ExitReason.error(thrown), { cause: thrown }))
    for (const reason of [ExitReason.error(thrown), ExitReason.custom(thrown), ExitReason.shutdownWith(thrown), ExitReason.shutdownWith(failed)]) {
      for (const given of [report({ reason }), report({ context: "shutdown", reason: ExitReason.shutdownWith("gave_up"), failure: reason })]) {
        const text = formatReport(given)
        expect(text).toContain("2 of 3 within 5000 ms")
        expect(text).toContain('supervisor "hive" (#1)')
        expect(formatReport(given, { oneLine: true })).not.toContain("\n")
        expect(given.causes.length).toBeLessThanOrEqual(100)
        expect(JSON.parse(JSON.stringify(given))).toMatchObject({ supervisor: 'supervisor "hive" (#1)' })
      }
    }
  })

  it("payloads are shortened, never whole", () => {
    const text = formatReport(report({ reason: ExitReason.custom({ honey: "x".repeat(500), combs: Array.from({ length: 1000 }), a: 1, b: 2, c: 3 }) }), { oneLine: true })
    expect(text).toContain("custom { honey: ")
    expect(text.length).toBeLessThan(400)
  })

  it("nothing in it forges a line or steers a terminal", () => {
    const text = formatReport(crash(new Error('stung\nerror: child "queen" has crashed\u001b[2J\u0007\u202e')), { stack: false })
    expect(lines(text)[3]).toBe("  reason:     Error: stung")
    expect(lines(text)[4]).toBe('              error: child "queen" has crashed\\x1b[2J\\x07\\u{202e}')
    const named = formatReport(report({ offender: offender({ id: "a\u009b\nb", what: "evil\nname" }), note: "x\ty" }), { oneLine: true })
    expect(named).toMatch(/^[\x20-\x7e]+$/)
    expect(named).toContain("note: x y")
  })

  it("a reason that is none, and references that raise, are told, too", () => {
    const evil = { toString: trap, get name(): never { return trap() } } as unknown as Ref<unknown>
    expect(formatReport(report({ supervisor: evil, offender: offender({ ref: evil }) }))).toContain("something that raises")
    expect(formatReport(report({ reason: { get kind(): never { return trap() } } as never }))).toBe("something that raises when it is looked at")
  })
})
