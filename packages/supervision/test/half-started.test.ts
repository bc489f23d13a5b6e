/** What a start function has spawned, and is no child yet, when its supervisor is killed. */
import { describe, expect, it } from "vitest"
import { Exit, ExitReason, on, type Process, System } from "@vivarium/actors"
import { type Routine, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, type StartHost, supervisor } from "@vivarium/supervision"

describe("a process that is no child yet", () => {
  it("ends with its supervisor, and never lives beside the one that comes after it", async () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    const system = new System({ scheduler, log: false })
    const told: string[] = []
    let living = 0
    let most = 0

    function* stubborn(self: Process<Exit>): Routine {
      self.trapExit = true
      most = Math.max(most, ++living)
      try {
        yield* self.receive(on(Exit, ({ reason }) => told.push(`${reason.kind} at ${scheduler.clock.now()}`)))
        yield* sleep(1000)
      } finally {
        living--
      }
    }
    function* begin(host: StartHost): Routine<unknown> {
      const ref = host.spawn(stubborn)
      yield* sleep(100)
      return ref
    }

    await scheduler.main(function* () {
      const inner = supervisor({ id: "inner", name: "inner", children: [child({ id: "stubborn", start: begin })] })
      const top = system.spawn(supervisor({ children: [inner] }))
      yield* sleep(50)
      system.whereis("inner")?.exit(ExitReason.kill)
      yield* sleep(50)
      expect(told).toEqual(["killed at 50"])
      yield* sleep(5000)
      // The start of the tree has failed with its inner supervisor, and nothing of it is left.
      expect({ alive: top.alive, living, most }).toEqual({ alive: false, living: 0, most: 1 })

      const again = yield* system.start(supervisor({ children: [inner] }))
      system.whereis("inner")?.exit(ExitReason.kill)
      // The child has gone after a second; then the start function runs again, and is caught in the middle.
      yield* sleep(1050)
      expect(living).toBe(1)
      system.whereis("inner")?.exit(ExitReason.kill)
      yield* sleep(5000)
      expect({ living, most, again: again.countChildren().active }).toEqual({ living: 1, most: 1, again: 1 })
      yield* system.stop()
    })
  })
})
