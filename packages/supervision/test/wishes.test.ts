import { describe, expect, it } from "vitest"
import { Actor, CallError, ExitReason, type Ref, System } from "@vivarium/actors"
import { type Operation, schedule, Scheduler, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, supervisor, type SupervisorRef } from "@vivarium/supervision"

class Bee extends Actor {}

/** Asks its supervisor for another child while that waits for its init. */
class Impatient extends Actor {
  *init(hive: { top?: SupervisorRef; error?: unknown }) {
    try {
      yield* hive.top!.startChild(child(Bee))
    } catch (error) {
      hive.error = error
    }
  }
}

describe("what a supervisor is asked to do", () => {
  it("is called by its name where it would never be done, with advice that helps", async () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    await scheduler.main(function* () {
      const system = new System({ scheduler, log: false })
      const hive: { top?: SupervisorRef; error?: unknown } = {}
      hive.top = yield* system.start(supervisor())
      yield* hive.top.startChild(child(Impatient, { args: [hive] }))
      const { error } = hive as { error: CallError }
      expect(error).toBeInstanceOf(CallError)
      expect({ code: error.code, method: error.method }).toEqual({ code: "call_cycle", method: "startChild" })
      expect(error.message).toContain("startChild() of supervisor #1 would never be answered")
      expect(error.message).toContain("this.continueWith(")
      yield* system.stop()
    })
  })

  it("fails if its supervisor begins to stop who asks for it, whatever that traps", async () => {
    class Clerk extends Actor {
      error: CallError | undefined
      *order(top: SupervisorRef, wish: (top: SupervisorRef) => Operation<unknown>) {
        this.trapExit = true
        try {
          yield* wish(top)
        } catch (error) {
          this.error = error as CallError
          errors.push(this.error)
        }
      }
    }
    const errors: CallError[] = []
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    await scheduler.main(function* () {
      const system = new System({ scheduler, log: false })
      const top = yield* system.start(supervisor({ children: [child(Clerk, { id: "one", shutdownMs: "infinity" }), child(Clerk, { id: "two", shutdownMs: "infinity" })] }))
      const stopped = tasklet(() => top.terminateChild("one"))
      // It asks behind the wish that it be stopped, and before that is read.
      top.child("one", Clerk)?.cast.order(top, () => top.startChild(child(Bee)))
      // This one asks that it be stopped itself, and waits for that.
      top.child("two", Clerk)?.cast.order(top, () => top.terminateChild("two"))
      yield* stopped
      while (top.child("two") !== undefined) yield* schedule()
      expect(errors.map(({ code, method }) => `${code} ${method}`)).toEqual(["call_cycle startChild", "call_cycle terminateChild"])
      expect(top.countChildren().active).toBe(0)
      yield* system.stop()
    })
  })

  it("fails with its name if the supervisor has ended", async () => {
    const system = new System({ log: false })
    const top = await system.start(supervisor())
    await top.stop(ExitReason.shutdown)
    const error: unknown = await top.deleteChild("queen").then(undefined, (reason: unknown) => reason)
    expect(error).toMatchObject({ code: "noproc", method: "deleteChild" })
    expect(String(error)).toContain("deleteChild()")
    await system.stop()
  })

  it("is no message that others could send", async () => {
    const system = new System({ log: false })
    const top: Ref<unknown> = await system.start(supervisor())
    expect(() => (top.call as { startChild(): unknown }).startChild()).toThrow("no method")
    await system.stop()
  })

  it("is not what a child has to know: one that is called after its end is looked up again", async () => {
    class Queen extends Actor {
      lay() {}
    }
    const system = new System({ log: false })
    const top = await system.start(supervisor({ children: [child(Queen)] }))
    const first = top.child("Queen", Queen)
    first?.exit(ExitReason.kill)
    const error: unknown = await first?.call.lay().then(undefined, (reason: unknown) => reason)
    expect(String(error)).toContain("its supervisor may have started another one, so look it up again, or call it by name with named()")
    await system.stop()
  })
})
