/** What no well-meant program does: start functions that throw or give the impossible, options that nobody would heed, and supervisors that are not alone in their turn. */
import { Actor, ExitReason, type Process, System } from "@vivarium/actors"
import { type Routine, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, type ChildMap, SpecError, Supervisor, supervisor, type SupervisorError, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { childrenOf, TendedStage } from "./fixtures/tended-stage.ts"

let stage: TendedStage

beforeEach(() => {
  stage = new TendedStage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

/** Raises whatever is done with it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

class Bee extends Actor {}

function* idle(self: Process): Routine {
  yield* self.receive()
}

function start(flags: Parameters<typeof supervisor>[0] = {}): SupervisorRef {
  const top = stage.value(() => stage.system.start(supervisor(flags)))
  stage.news()
  return top
}

describe("a start function that throws what raises when it is looked at", () => {
  it("fails the start, and leaves no child behind", () => {
    const top = start()
    const thrown = revoked()
    let caught: unknown
    stage.outcome(function* () {
      try {
        yield* top.startChild({ id: "bee", start() { throw thrown } })
      } catch (error) {
        caught = error
      }
    })
    expect(caught === thrown).toBe(true)
    expect(top.countChildren().specs).toBe(0)
  })

  it("fails a restart, which is tried again, and does not end the supervisor", () => {
    let left = 0
    const top = start({
      children: [child({ id: "bee", start(host) { if (left-- > 0) throw revoked(); return host.spawn(idle) } })],
    })
    left = 2
    top.child("bee")?.exit(ExitReason.kill)
    stage.pass()
    expect(childrenOf(top)).toEqual(["bee"])
    expect(stage.news().map((news) => news.split(" ")[0])).toEqual(["child_terminated", "start_error", "start_error", "child_restarted"])
  })
})

describe("a start function that gives a process which cannot be its child", () => {
  it("is refused if that is the supervisor itself", () => {
    const top = start()
    expect(stage.outcome(() => top.startChild({ id: "self", start: (host) => host.self })).code).toBe("bad_start")
    expect(childrenOf(top)).toEqual([])
  })

  it("is refused if that lives on another scheduler, where nobody could wait for its end", async () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    const elsewhere = new System({ scheduler })
    const top = start()
    const { error } = stage.outcome(() => top.startChild({ id: "far", start: () => elsewhere.spawn(Bee) }))
    expect((error as SupervisorError).message).toContain("on the same scheduler")
    await scheduler.main(() => elsewhere.stop())
  })
})

describe("options that nobody would heed", () => {
  it.each([{ name: "bee" }, { label: "bee" }, { mailbox: { capacity: 1 } }, { validate: true }, { reentrant: true }, { trapExit: true }, { startTimeoutMs: 10 }])(
    "%o is refused beside a start function, which spawns the process itself",
    (options) => {
      const field = Object.keys(options)[0] as string
      expect(() => child({ id: "bee", start: (host) => host.spawn(idle), ...options } as ChildMap)).toThrow(SpecError)
      expect(() => child({ id: "bee", start: (host) => host.spawn(idle), ...options } as ChildMap)).toThrow(`child "bee": ${field} must be left out where start is given`)
    },
  )
})

describe("a supervisor that would be reentrant", () => {
  class Hive extends Supervisor {
    init() {
      return { children: [Bee] }
    }
  }
  class Reentrant extends Hive {
    static reentrant = true
  }

  it("is not started: it does one thing after another", () => {
    expect(stage.outcome(() => stage.system.start(Hive, { reentrant: true })).error).toMatchObject({ cause: { field: "reentrant" } })
    expect(stage.outcome(() => stage.system.start(Reentrant)).error).toMatchObject({ cause: { field: "reentrant" } })
    stage.crashes.length = 0
  })
})

describe("an orphan that calls the supervisor which waits for its end", () => {
  it("is told so, and neither waits for ever", () => {
    const codes: unknown[] = []
    class Caller extends Actor {
      *init() {
        const top = stage.system.whereis("top") as SupervisorRef | undefined
        if (top === undefined || codes.length > 0) return
        yield* sleep(10)
        try {
          yield* top.terminateChild("nobody")
        } catch (error) {
          codes.push((error as SupervisorError).code)
        }
      }
    }
    const inner = supervisor({ id: "inner", children: [child(Caller, { name: "caller" })] })
    const top = stage.value(() => stage.system.start(supervisor({ children: [supervisor({ name: "middle", id: "middle", children: [inner] })] })))
    stage.system.register("top", top)
    stage.system.whereis("caller")?.exit(ExitReason.kill)
    stage.pass(5)
    // The inner supervisor waits for its child, and the top one for both: an orphan that is a supervisor has any time to end.
    stage.system.whereis("middle")?.exit(ExitReason.kill)
    stage.pass(10)
    expect(codes).toEqual(["call_cycle"])
    expect(childrenOf(top)).toEqual(["middle"])
    expect(stage.system.whereis("caller")?.alive).toBe(true)
  })
})
