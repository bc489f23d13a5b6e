import { ExitReason, isOrderly, type Process } from "@vivarium/actors"
import { type Routine, sleep } from "@vivarium/core"
import { child, formatReport, type ReportContext, supervisor, type SupervisorOptions, type SupervisorRef, type SupervisorReport } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, failing, member, noted, plans, refOf, stubborn, TreeWorld } from "./otp-supervisor-fixtures.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
  noted()
})

/** Starts a supervisor called hive, does something with it, and stops it. Gives what it has reported. */
async function told(options: SupervisorOptions, body: (top: SupervisorRef, self: Process<unknown>) => Routine): Promise<SupervisorReport[]> {
  await world.process(function* (self) {
    const top = yield* world.system.start(supervisor({ name: "hive", ...options }))
    yield* body(top, self)
    if (top.alive) yield* top.stop()
  })
  return world.told
}

/** The one report of a kind. */
function the(context: ReportContext): SupervisorReport {
  const found = world.told.filter((report) => report.context === context)
  expect(found.length).toBe(1)
  return found[0] as SupervisorReport
}

/** In lines, without the stack. */
function linesOf(report: SupervisorReport): string[] {
  return formatReport(report, { stack: false }).split("\n")
}

describe("a supervisor report", () => {
  it("Y09: of a child that has ended tells supervisor, context, reason and offender", async () => {
    await told({ children: [member("a", { restart: "transient", shutdownMs: 50 })] }, function* (top) {
      refOf(top, "a").cast.crash()
      yield* sleep(1)
    })
    const report = the("child_terminated")
    expect([report.level, report.reason, report.offender?.id, report.offender?.restart, report.offender?.shutdownMs]).toEqual(["error", ExitReason.error(boom), "a", "transient", 50])
    expect(linesOf(report)).toEqual([
      'error: child "a" has crashed (child_terminated)',
      `  supervisor: ${String(report.supervisor)}`,
      `  child:      "a", ${String(report.offender?.ref)}, transient worker, 50 ms to shut down`,
      "  reason:     Error: boom",
      "  restarts:   0 of 3 within 5000 ms",
    ])
  })

  it("Y09: of a start that fails tells so", async () => {
    plans.set("b", [failing])
    await expect(told({ children: [member("a"), member("b")] }, function* () {})).rejects.toThrow("boom")
    expect(linesOf(the("start_error")).slice(0, 4)).toEqual([
      'error: child "b" could not be started (start_error)',
      '  supervisor: supervisor "hive" (#2)',
      '  child:      "b", Member, permanent worker, 5000 ms to shut down',
      "  reason:     Error: boom",
    ])
  })

  it("Y09: of a child that does not end as it was told tells so", async () => {
    await told({ children: [child(stubborn, { shutdownMs: 20 })] }, function* () {})
    expect(linesOf(the("shutdown_error")).slice(2, 4)).toEqual([expect.stringMatching(/^ {2}child: {6}"stubborn", .*permanent worker, 20 ms to shut down$/), "  reason:     killed"])
  })

  it("Y09: of a supervisor that gives up tells so, with the child that was too much (OTP: reached_max_restart_intensity)", async () => {
    await told({ maxRestarts: 1, withinMs: 700, children: [member("a")] }, function* (top) {
      refOf(top, "a").cast.crash()
      yield* sleep(1)
      refOf(top, "a").cast.crash()
      yield* sleep(1)
    })
    const report = the("shutdown")
    expect(linesOf(report)).toEqual([
      "error: the supervisor gives up (shutdown)",
      `  supervisor: ${String(report.supervisor)}`,
      `  child:      "a", ${String(report.offender?.ref)}, permanent worker, 5000 ms to shut down`,
      '  reason:     shutdown ("gave_up")',
      "  failure:    Error: boom",
      "  restarts:   more than 1 within 700 ms",
      '  note:       gives up: more than 1 restart within 700 ms; the last one to fail was child "a"',
    ])
  })

  it("Y09: of a start that succeeds is information (OTP: the progress report)", async () => {
    await told({ children: [member("a")] }, function* () {})
    const report = the("child_started")
    expect([report.level, report.supervisor.name, report.offender?.what, report.offender?.kind]).toEqual(["info", "hive", "Member", "worker"])
  })

  it("Y09: is made of no orderly end, but of a permanent child (section 11.4)", async () => {
    const orderly = [ExitReason.normal, ExitReason.shutdown, ExitReason.shutdownWith("x")]
    await told({ children: [member("a", { restart: "transient" }), member("b")], maxRestarts: 9 }, function* (top) {
      for (const reason of orderly) {
        for (const id of ["a", "b"]) {
          if (top.child(id) === undefined) yield* top.restartChild(id)
          refOf(top, id).cast.end(reason)
          yield* sleep(1)
        }
      }
    })
    const errors = world.told.filter(({ level }) => level === "error")
    expect(errors.map(({ context, offender, reason }) => [context, offender?.id, isOrderly(reason)])).toEqual(orderly.map(() => ["child_terminated", "b", true]))
  })
})

describe("its forms", () => {
  const long = new Error("x".repeat(300), { cause: new Error("one", { cause: new Error("two", { cause: new Error("three") }) }) })

  it("Y09: single_line: the same in one line, without line ends of its own", async () => {
    await told({ children: [member("a")] }, function* (top) {
      refOf(top, "a").exit(ExitReason.error(new Error("first line\nsecond line")))
      yield* sleep(1)
    })
    const report = the("child_terminated")
    expect(formatReport(report, { oneLine: true })).toBe(
      `error: child "a" has crashed (child_terminated); supervisor: ${String(report.supervisor)}; reason: Error: first line second line; restarts: 0 of 3 within 5000 ms; ` +
        `child: "a", ${String(report.offender?.ref)}, permanent worker, 5000 ms to shut down`,
    )
  })

  it.each([20, 80, 150])("Y09: chars_limit: %d characters at most, in lines and in one", async (maxLength) => {
    await told({ children: [member("a")] }, function* (top) {
      refOf(top, "a").exit(ExitReason.error(long))
      yield* sleep(1)
    })
    for (const oneLine of [true, false]) {
      const text = formatReport(the("child_terminated"), { oneLine, maxLength })
      expect([text.length, text.at(-1)]).toEqual([maxLength, "…"])
    }
  })

  it("Y09: depth: no more causes than that", async () => {
    await told({ children: [member("a")] }, function* (top) {
      refOf(top, "a").exit(ExitReason.error(long))
      yield* sleep(1)
    })
    const text = formatReport(the("child_terminated"), { depth: 1, stack: false })
    expect(text.split("\n").filter((line) => line.includes("caused by"))).toEqual(["  caused by:  Error: one", "  caused by:  … and 2 more"])
  })
})
