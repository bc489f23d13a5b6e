/** What code that goes on beside a process, async methods above all, waits for when that process ends: it is told, so nothing waits for ever. */
import { type Routine, select, sleep, until } from "@vivarium/core"
import { Actor, ExitReason, type Process, type Ref } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

class Listener extends Actor {
  private log: unknown[] = []

  init(log: unknown[]) {
    this.log = log
  }

  async listen() {
    await this.noting(() => this.receive())
  }

  async listenOrNot() {
    await this.noting(() => select({ message: this.receive(), never: until(new Promise<never>(() => {})) }))
  }

  async watch(ref: Ref<unknown>) {
    await this.noting(() => this.monitor(ref).join())
  }

  private async noting(wait: () => PromiseLike<unknown>) {
    try {
      this.log.push(await wait())
    } catch (error) {
      this.log.push((error as { readonly code: string }).code)
      throw error
    } finally {
      this.log.push("left")
    }
  }
}

describe("an async method that waits", () => {
  it.each(["listen", "listenOrNot"] as const)("for a message is told that the actor ends, at once, and the reason stays: %s", async (method) => {
    await using stage = new Stage()
    const log: unknown[] = []
    const ref = stage.system.spawn(Listener, { args: [log] })
    ref.cast[method]()
    await stage.turns()
    ref.exit(ExitReason.custom("rain"))
    await stage.turns()
    expect([log, stage.ends, stage.clock.now()]).toEqual([["dead_actor", "left"], ["rain"], 0])
  })

  it.each(["listen", "listenOrNot"] as const)("for a message is told that the actor was killed, also if it begins to wait after that: %s", async (method) => {
    for (const turns of [0, 5]) {
      await using stage = new Stage()
      const log: unknown[] = []
      const ref = stage.system.spawn(Listener, { args: [log] })
      ref.cast[method]()
      stage.pass()
      await stage.turns(turns)
      ref.exit(ExitReason.kill)
      await stage.turns()
      expect([log, stage.ends]).toEqual([["dead_actor", "left"], ["killed"]])
    }
  })

  it("for the end of another process is told that its own has come", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const other = stage.system.spawn(Listener, { args: [[]] })
    const ref = stage.system.spawn(Listener, { args: [log] })
    ref.cast.watch(other)
    await stage.turns()
    ref.exit(ExitReason.kill)
    await stage.turns()
    expect([log, other.alive]).toEqual([["dead_actor", "left"], true])
  })
})

describe("a tasklet of nobody's", () => {
  it("that waits for a message of a process is told that it has ended", async () => {
    await using stage = new Stage()
    let self: Process | undefined
    const ref = stage.system.spawn(function* (given: Process) {
      self = given
      yield* sleep(60_000)
    })
    stage.pass()
    const waiting = stage.begin(() => (self as Process).receive())
    stage.pass()
    ref.exit(ExitReason.kill)
    stage.pass()
    expect(waiting.code).toBe("dead_actor")
  })
})

describe("the process itself", () => {
  it("may still wait for a message in terminate, with a limit, and take what it has not read", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    class Thorough extends Actor {
      *hold(): Routine {
        yield* sleep(60_000)
      }
      *terminate(): Routine {
        for (;;) {
          const one = yield* select({ message: this.receive(), late: sleep(5) })
          log.push(one.value)
          if (one.key === "late") return
        }
      }
    }
    const ref = stage.system.spawn(Thorough)
    ref.cast.hold()
    ref.send("unread")
    stage.pass()
    ref.exit(ExitReason.shutdown)
    stage.pass(5)
    expect([log, stage.lost]).toEqual([["unread", undefined], []])
  })
})

describe("a system that has stopped", () => {
  it("takes no timers any more: nothing would ever take them back", async () => {
    await using stage = new Stage()
    await stage.scheduler.main(() => stage.system.stop())
    expect(() => stage.system.sendAfter(5, "tick", { to: "nobody", everyMs: 5 })).toThrowError(expect.objectContaining({ code: "no_system" }))
    expect(stage.scheduler.statistics().timers).toBe(0)
  })
})
