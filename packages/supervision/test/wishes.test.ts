import { describe, expect, it } from "vitest"
import { Actor, CallError, ExitReason, type Ref, System } from "@vivarium/actors"
import { Scheduler } from "@vivarium/core"
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
})
