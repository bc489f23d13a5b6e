/** A method that keeps everybody waiting is reported with its actor and its name, while somebody listens. */
import { channel, call, schedule, sleep, type Routine } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { Actor, type CallError, refuse, System } from "@vivarium/actors"
import { Scheduler } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

/** Burns time on the clock that it is given, as code does that computes. */
class Burner extends Actor {
  clock!: VirtualClock
  init(clock: VirtualClock) {
    this.clock = clock
  }
  plain(ms: number) {
    this.clock.advance(ms)
  }
  *slices(...each: number[]): Routine {
    for (const ms of each) {
      this.clock.advance(ms)
      yield* schedule()
    }
  }
  *inFinally(ms: number): Routine {
    try {
      yield* channel<void>().receive()
    } finally {
      this.clock.advance(ms)
    }
  }
  *waits(ms: number): Routine {
    yield* sleep(ms)
  }
  async starts(ms: number) {
    this.clock.advance(ms)
    await Promise.resolve()
  }
  fails(ms: number): void {
    this.clock.advance(ms)
    throw refuse(new Error("no"))
  }
  *failsLater(ms: number): Routine<number> {
    yield* schedule()
    this.clock.advance(ms)
    throw refuse(new Error("no"))
  }
  *answers(): Routine<string> {
    const value: string = yield* call(() => "value")
    return value
  }
  info(ms: number) {
    this.clock.advance(ms)
  }
}

function burner(slowMethodMs?: number) {
  const stage = new Stage(slowMethodMs === undefined ? {} : { slowMethodMs })
  const told: string[] = []
  const ref = stage.system.spawn(Burner, { args: [stage.clock], name: "burner" })
  stage.pass()
  stage.system.events.on("slowMethod", ({ method, ms, ref: who }) => told.push(`${String(who)} ${method} ${ms}`))
  return { stage, told, ref }
}

describe("a method", () => {
  it("is reported if a slice of it takes longer than 50 ms, not if it takes exactly that", async () => {
    const { ref, stage, told } = burner()
    await using _stage = stage
    for (const ms of [10, 50, 51]) stage.outcome(() => ref.call.plain(ms))
    expect(told).toEqual(['Burner "burner" (#1) plain 51'])
  })

  it("is timed slice by slice: time in which it waits is not its own", async () => {
    const { ref, stage, told } = burner()
    await using _stage = stage
    stage.outcome(() => ref.call.slices(40, 40, 60, 10, 70))
    const waiting = stage.begin(() => ref.call.waits(1000))
    stage.pass(1000)
    expect([told, waiting.settled]).toEqual([['Burner "burner" (#1) slices 60', 'Burner "burner" (#1) slices 70'], true])
  })

  it("is timed where it is unwound, fails or begins to be async, and plain messages are", async () => {
    const { ref, stage, told } = burner()
    await using _stage = stage
    stage.outcome(() => ref.call.fails(60))
    expect((stage.outcome(() => ref.call.failsLater(61)).error as CallError).code).toBe("refused")
    ref.send(62)
    ref.cast.starts(63)
    stage.pass()
    await stage.turns()
    ref.cast.inFinally(64)
    stage.pass()
    ref.exit({ kind: "shutdown" })
    stage.pass()
    expect(told.map((line) => line.replace(/^.*\) /, ""))).toEqual(["fails 60", "failsLater 61", "info 62", "starts 63", "inFinally 64"])
  })

  it("answers as ever while it is timed", async () => {
    const { ref, stage } = burner()
    await using _stage = stage
    expect(stage.outcome(() => ref.call.answers()).value).toBe("value")
  })

  it("has the limit that the system sets, down to none at all", async () => {
    const { ref, stage, told } = burner(0)
    await using _stage = stage
    stage.outcome(() => ref.call.plain(0))
    stage.outcome(() => ref.call.plain(1))
    expect(told).toEqual(['Burner "burner" (#1) plain 1'])
  })
})

describe("timing", () => {
  it("begins with the first listener, however it is added: the clock is not read for each message before", async () => {
    for (const add of ["on", "once", "addListener"] as const) {
      let reads = 0
      class Counting extends VirtualClock {
        override now() {
          reads++
          return super.now()
        }
      }
      const scheduler = new Scheduler({ clock: new Counting(), limits: { slowSliceMs: Infinity } })
      const system = new System({ scheduler, log: false })
      const busy = system.spawn(class extends Actor { work() {} })
      const work = (): number => {
        const before = reads
        for (let count = 0; count < 100; count++) busy.cast.work()
        scheduler.run()
        return reads - before
      }
      expect(work()).toBeLessThan(20)
      system.events[add]("slowMethod", () => {})
      expect(work()).toBeGreaterThanOrEqual(200)
      await scheduler.main(() => system.stop())
    }
  })
})
