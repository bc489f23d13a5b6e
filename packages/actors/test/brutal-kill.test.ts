/** A brutal kill: what still runs, and that nothing can hold it up. */
import { all, call, group, schedule, select, sleep, type Routine } from "@vivarium/core"
import { Actor, ExitReason } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { mortal } from "./fixtures/mortal.ts"
import { Stage } from "./fixtures/stage.ts"

describe("a brutal kill", () => {
  it("runs each finally up to its first wait, innermost first, and none further, ever", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const ref = stage.system.spawn(mortal(log))
    ref.cast.wait()
    stage.pass()
    ref.exit(ExitReason.kill)
    stage.pass()
    expect(log).toEqual(["frame 0", "frame 1", "frame 2"])
    stage.pass(100)
    expect(log).toEqual(["frame 0", "frame 1", "frame 2"])
    expect(stage.scheduler.statistics()).toMatchObject({ blocked: 0, timers: 0 })
  })

  it("ends one that never lets go", async () => {
    await using stage = new Stage()
    let rounds = 0
    const stubborn = stage.system.spawn(function* () {
      for (;;) {
        try {
          yield* sleep(1)
        } finally {
          rounds++
          // oxlint-disable-next-line no-unsafe-finally -- this is what must not hold up a kill
          continue
        }
      }
    })
    stage.pass()
    stubborn.exit(ExitReason.kill)
    stage.pass()
    expect([stubborn.alive, stage.system.processes]).toEqual([false, []])
    expect(rounds).toBeGreaterThan(1)
    const before = rounds
    stage.pass(10)
    expect(rounds).toBe(before)
  })

  it("reaches into select, all, call and group, and what they have begun", async () => {
    await using stage = new Stage()
    const log: string[] = []
    function* branch(name: string): Routine {
      try {
        yield* sleep(1000)
      } finally {
        log.push(name)
      }
    }
    const bodies: (() => Routine<unknown>)[] = [
      function* () { return yield* select({ one: call(branch, "select"), late: sleep(2000) }) },
      function* () { return yield* all([call(branch, "all 1"), call(branch, "all 2")]) },
      function* () { return yield* call(() => call(branch, "call")) },
      function* () { return yield* group(function* (bees) { bees.spawn(branch, "group"); yield* branch("its body") }) },
    ]
    const refs = bodies.map((body) => stage.system.spawn(body))
    stage.pass()
    for (const ref of refs) ref.exit(ExitReason.kill)
    stage.pass()
    expect(log.toSorted()).toEqual(["all 1", "all 2", "call", "group", "its body", "select"])
    expect(stage.system.processes).toEqual([])
  })

  it("of itself takes effect at its next wait, and cannot be caught", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Suicidal extends Actor {
      *now() {
        try {
          this.signalExit(this.self, ExitReason.kill)
          log.push(`alive ${this.self.alive}`)
          yield* schedule()
          log.push("never")
        } catch {
          log.push("caught")
        } finally {
          log.push("finally")
        }
      }
    }
    const ref = stage.system.spawn(Suicidal, { trapExit: true })
    const outcome = stage.outcome(() => ref.call.now())
    expect(outcome.error).toMatchObject({ reason: { kind: "killed" } })
    expect(log).toEqual(["alive false", "finally"])
  })

  it("raises what a finally block throws nowhere but in onUncaught", async () => {
    const uncaught: unknown[] = []
    await using stage = new Stage({ onUncaught: (error) => void uncaught.push(error) })
    const ref = stage.system.spawn(function* () {
      try {
        yield* sleep(1000)
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- what comes of it is the point
        throw new Error("in finally")
      }
    })
    stage.pass()
    ref.exit(ExitReason.kill)
    stage.pass()
    expect(uncaught).toMatchObject([{ message: "in finally" }])
    expect(stage.ends).toEqual(["killed"])
  })
})
