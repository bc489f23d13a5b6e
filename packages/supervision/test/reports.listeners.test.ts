/** Who is told of reports: listeners, whatever they do, and the log, of what nothing else tells. */
import { Actor, ExitReason, type Ref, System } from "@vivarium/actors"
import { sleep } from "@vivarium/core"
import { child, formatReport, type Restart, supervisor, type SupervisorOptions, type SupervisorRef, SupervisorReport } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Stage } from "../../actors/test/fixtures/stage.ts"
import { RestartWindow } from "../src/restart-window.ts"

let stage: Stage
let lines: string[]
beforeEach(() => {
  lines = []
  stage = new Stage({ log: (text) => void lines.push(text) })
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

const boom = new Error("boom")

class Bee extends Actor {
  end(reason: ExitReason) {
    this.stop(reason)
  }
}

function begin(options: SupervisorOptions): SupervisorRef {
  const { value } = stage.outcome(() => stage.system.start(supervisor({ id: "hive", ...options })))
  return value as SupervisorRef
}

function end(top: SupervisorRef, id: string, reason: ExitReason = ExitReason.error(boom)): void {
  ;(top.child(id) as Ref<Bee>).cast.end(reason)
  stage.pass()
}

/** Counts how many reports are made while something is done: the restarts in the window are counted for each of them, and for nothing else. */
function made(work: () => void): number {
  const count = vi.spyOn(RestartWindow.prototype, "count")
  try {
    work()
    return count.mock.calls.length
  } finally {
    count.mockRestore()
  }
}

describe("listeners", () => {
  it("each get every report, at once and in order; one that throws, an async one that rejects and a slow one lose nothing", async () => {
    const told: Record<string, string[]> = { throwing: [], rejecting: [], slow: [], calm: [] }
    const { events } = stage.system
    const note = (who: string, { context, offender }: SupervisorReport): void => void told[who]?.push(`${context} ${String(offender?.id)}`)
    events.on("supervisor", (report) => {
      note("throwing", report)
      throw new Error("a listener")
    })
    events.on("supervisor", (async (report: SupervisorReport) => {
      note("rejecting", report)
      await Promise.resolve()
      throw new Error("an async listener")
    }) as never)
    events.on("supervisor", (async (report: SupervisorReport) => {
      await Promise.resolve()
      note("slow", report)
    }) as never)
    events.on("supervisor", (report) => note("calm", report))
    const top = begin({ maxRestarts: 1, children: [child(Bee, { id: "a" }), child(Bee, { id: "b" })] })
    end(top, "a")
    end(top, "b")
    await stage.turns()
    const all = ["child_started a", "child_started b", "child_terminated a", "child_restarted a", "child_terminated b", "shutdown b", "child_stopped a"]
    expect(told).toEqual({ throwing: all, rejecting: all, slow: all, calm: all })
    expect(stage.uncaught.splice(0).length).toBe(2 * all.length)
  })

  it("may end the supervisor, or the child, in the middle of a report: it goes on in order, and once", () => {
    const told: string[] = []
    stage.system.events.on("supervisor", ({ context, offender, supervisor: top }) => {
      told.push(`${context} ${String(offender?.id)}`)
      if (context === "child_restarted") offender?.ref?.exit(ExitReason.custom("shot"))
      if (context === "shutdown") top.exit(ExitReason.kill)
    })
    const top = begin({ maxRestarts: 2, children: [child(Bee, { id: "a" })] })
    end(top, "a")
    expect(told).toEqual(["child_started a", "child_terminated a", "child_restarted a", "child_terminated a", "child_restarted a", "child_terminated a", "shutdown a"])
    expect(top.alive).toBe(false)
  })

  it("one that comes later is told of what comes then", () => {
    const top = begin({ children: [child(Bee, { id: "a" })] })
    const told: string[] = []
    const listener = ({ context }: SupervisorReport): void => void told.push(context)
    stage.system.events.on("supervisor", listener)
    end(top, "a")
    stage.system.events.off("supervisor", listener)
    end(top, "a")
    expect(told).toEqual(["child_terminated", "child_restarted"])
  })

  it("without any, and without a log, nothing is made; with one, everything is", () => {
    const silent = new System({ scheduler: stage.scheduler, log: false })
    const life = (): void => {
      const { value } = stage.outcome(() => silent.start(supervisor({ maxRestarts: 1, children: [child(Bee, { id: "a" }), supervisor({ id: "nursery", restart: "transient" })] })))
      const top = value as SupervisorRef
      end(top, "a")
      end(top, "a")
      expect(top.alive).toBe(false)
    }
    expect(made(life)).toBe(0)
    silent.events.on("supervisor", () => {})
    expect(made(life)).toBe(8)
    expect(silent.processes).toEqual([])
  })
})

describe("the log", () => {
  const contexts = (): string[] => lines.splice(0).map((text) => /\((\w+)\)(?:;|$)/.exec(text.split("\n")[0] ?? "")?.[1] ?? "a crash report")

  it("a permanent child that ends orderly again and again is never silent, though nothing crashes", () => {
    const top = begin({ maxRestarts: 2, children: [child(Bee, { id: "a" })] })
    for (const reason of [ExitReason.normal, ExitReason.shutdown, ExitReason.shutdownWith("done")]) end(top, "a", reason)
    expect(lines[0]).toBe(
      [
        'error: child "a" has ended by itself (child_terminated)',
        '  supervisor: supervisor "hive" (#1)',
        '  child:      "a", Bee "a" (#2), permanent worker, 5000 ms to shut down',
        "  reason:     normal",
        "  restarts:   0 of 2 within 5000 ms",
      ].join("\n"),
    )
    expect(contexts()).toEqual(["child_terminated", "child_terminated", "child_terminated", "shutdown"])
  })

  it.each(["transient", "temporary"] as Restart[])("the orderly end of a %s child is not printed", (restart) => {
    const top = begin({ children: [child(Bee, { id: "a", restart })] })
    end(top, "a", ExitReason.normal)
    expect(lines).toEqual([])
  })

  it("starts, restarts and stops are not printed; a crash is printed once, by the process", () => {
    const top = begin({ children: [child(Bee, { id: "a" }), child(Bee, { id: "b", restart: "temporary" })] })
    end(top, "a")
    end(top, "b")
    stage.outcome(() => top.stop())
    expect(contexts()).toEqual(["a crash report", "a crash report"])
  })

  it("what else goes wrong is: a start that fails, with its stack where no process could tell it; a bad end; giving up; a warning", () => {
    const start = (): never => {
      throw boom
    }
    stage.outcome(() => stage.system.start(supervisor({ children: [child({ id: "a", start })] })))
    expect(lines[0]).toMatch(/\n {4}at .*reports\.listeners\.test\.ts/)
    expect(contexts()).toEqual(["start_error"])
    const top = begin({ maxRestarts: 0, children: [supervisor({ id: "nursery", restart: "transient" }), child(Bee, { id: "b" }), child(Bee, { id: "c", shutdownMs: "brutal_kill" })] })
    end(top, "b")
    expect(contexts()).toEqual(["warning", "a crash report", "shutdown"])
  })

  it("a start that a crash report has told of takes a line more for each level, and no block", () => {
    class Lame extends Actor {
      init() {
        throw boom
      }
    }
    stage.outcome(() => stage.system.start(supervisor({ id: "hive", children: [supervisor({ id: "nursery", children: [child(Lame, { id: "maya" })] })] })))
    expect(lines.map((text) => text.split("\n")).slice(1)).toEqual([
      ['error: child "maya" could not be started (start_error); supervisor: supervisor "nursery" (#2); reason: Error: boom'],
      ['error: child "nursery" could not be started (start_error); supervisor: supervisor "hive" (#1); reason: its child "maya" was not started'],
    ])
    expect(contexts()).toEqual(["a crash report", "start_error", "start_error"])
  })

  it("of a start that failed otherwise the whole report is printed", () => {
    class Slow extends Actor {
      *init() {
        yield* sleep(20)
      }
    }
    stage.begin(() => stage.system.start(supervisor({ id: "hive", children: [child(Slow, { id: "maya", startTimeoutMs: 10 })] })))
    stage.pass(10)
    expect(lines[0]?.split("\n").slice(2, 4)).toEqual(['  child:      "maya", Slow, permanent worker, 5000 ms to shut down', "  reason:     timeout"])
  })

  it("one that a significant child's failure stops says so; an orderly stop is silent", () => {
    const significant = (id: string): SupervisorOptions => ({ autoShutdown: "any_significant", children: [child(Bee, { id, restart: "temporary", significant: true })] })
    end(begin(significant("a")), "a", ExitReason.normal)
    expect(contexts()).toEqual([])
    end(begin(significant("b")), "b")
    expect(contexts()).toEqual(["a crash report", "shutdown"])
  })

  it("gets the text of formatReport, of the report that listeners get", () => {
    const told: SupervisorReport[] = []
    stage.system.events.on("supervisor", (report) => told.push(report))
    const top = begin({ children: [child(Bee, { id: "a" })] })
    end(top, "a", ExitReason.normal)
    expect(lines).toEqual([formatReport(told[1] as SupervisorReport, { stack: false })])
  })

  it("that throws does not hurt the supervisor, and nobody misses the report", () => {
    const failing = new System({
      scheduler: stage.scheduler,
      log: () => {
        throw new Error("the disk is full")
      },
      onUncaught: (error) => void stage.uncaught.push(error),
    })
    const told: string[] = []
    failing.events.on("supervisor", ({ context }) => told.push(context))
    const { value } = stage.outcome(() => failing.start(supervisor({ children: [child(Bee, { id: "a" })] })))
    const top = value as SupervisorRef
    end(top, "a", ExitReason.normal)
    expect([top.alive, top.child("a")?.alive, told]).toEqual([true, true, ["child_started", "child_terminated", "child_restarted"]])
    expect(stage.uncaught.splice(0).map(String)).toEqual(["Error: the disk is full"])
    stage.outcome(() => failing.stop())
  })
})
