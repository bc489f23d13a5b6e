// A child that backs off may be restarted because of a sibling, too. That is no failure of its own, and must not make it forget that it was healthy.
import { Actor, ExitReason, type Ref, System } from "@vivarium/actors"
import { type Routine, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, supervisor, type SupervisorRef } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"

class Part extends Actor {}

const stung = ExitReason.error(new Error("stung"))

/** A supervisor whose child "steady" backs off; gives the delays that it has told. */
async function inScene(play: (top: SupervisorRef, delays: readonly (number | undefined)[]) => Routine): Promise<void> {
  const scheduler = new Scheduler({ clock: new VirtualClock() })
  const system = new System({ scheduler, log: false })
  const delays: (number | undefined)[] = []
  system.events.on("supervisor", ({ context, delayMs, offender }) => {
    if (context === "child_terminated" && offender?.id === "steady") delays.push(delayMs)
  })
  await scheduler.main(function* () {
    const backoff = { minMs: 10, jitter: 0, maxAttempts: 3, resetAfterMs: 1000 }
    const top = yield* system.start(supervisor({ strategy: "one_for_all", children: [child(Part, { id: "other" }), child(Part, { id: "steady", backoff })] }))
    yield* play(top, delays)
  })
  await system.stop()
}

function* crash(top: SupervisorRef, id: string): Routine {
  ;(top.child(id) as Ref<unknown>).exit(stung)
  yield* sleep(100)
}

describe("a child that backs off", () => {
  it("counts anew after it was healthy for long enough, also if a sibling has ended that health", () =>
    inScene(function* (top, delays) {
      for (let time = 0; time < 3; time++) yield* crash(top, "steady")
      yield* sleep(5000)
      yield* crash(top, "other")
      yield* crash(top, "steady")
      expect(delays).toEqual([10, 20, 40, 10])
      expect(top.alive).toBe(true)
    }))

  it("does not count anew if it was restarted with a sibling before", () =>
    inScene(function* (top, delays) {
      yield* crash(top, "steady")
      yield* crash(top, "other")
      yield* crash(top, "steady")
      expect(delays).toEqual([10, 20])
    }))
})
