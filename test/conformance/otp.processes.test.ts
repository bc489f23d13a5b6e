import { type Routine, schedule, sleep } from "@vivarium/core"
import { Actor, ExitReason, type Process } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { OtpWorld, shown, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

function fail(): never {
  throw new Error("crash")
}

function* failLater(): Routine {
  yield* schedule()
  fail()
}

class Failing extends Actor {
  init(now = false) {
    if (now) fail()
  }
  plain() {
    fail()
  }
  *generator() {
    yield* failLater()
  }
  async async() {
    await Promise.resolve()
    fail()
  }
}

describe("spawning", () => {
  it("returns at once; the child runs at its own turn (section 1)", () => {
    const trace: string[] = []
    const child = world.system.spawn(() => void trace.push("child"))
    trace.push("parent")
    world.scheduler.run()
    expect([trace, child.alive]).toEqual([["parent", "child"], false])
  })

  it.each([
    ["a raw process", (self: Process<unknown>) => void self.spawn(fail)],
    ["a raw process, later", (self: Process<unknown>) => void self.spawn(failLater)],
    ["an async body", (self: Process<unknown>) => void self.spawn(async () => fail())],
    ["a method", (self: Process<unknown>) => void self.spawn(Failing).cast.plain()],
    ["a generator method", (self: Process<unknown>) => void self.spawn(Failing).cast.generator()],
    ["an async method", (self: Process<unknown>) => void self.spawn(Failing).cast.async()],
    ["an init", (self: Process<unknown>) => void self.spawn(Failing, { args: [true] })],
  ])("P14: the crash of an unlinked child in %s is reported and touches nobody else, not even as an unhandled rejection", async (_where, crash) => {
    await world.process(function* (self) {
      crash(self)
      yield* sleep(1)
      expect([self.children, yield* unread(self)]).toEqual([[], []])
    })
    expect(world.reports.map(({ reason }) => String(wordOf(reason)))).toEqual(["Error: crash"])
  })

  it("a child that crashes at once does not make spawn fail (section 1)", async () => {
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(() => {
        throw new Error("crash")
      })
      expect([monitor.active, ref.alive]).toEqual([true, true])
    })
  })

  it("an actor whose constructor raises leaves no zombie: its watchers are told (section 1)", async () => {
    class Stillborn extends Actor {
      readonly wings = this.#grow()
      #grow(): never {
        throw new Error("no wings")
      }
    }
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(Stillborn)
      const [down] = [shown(yield* self.receive())] as [{ down: Error }]
      expect([down.down.message, ref.alive]).toEqual(["no wings", false])
    })
  })
})

describe("the end of a process", () => {
  async function reasonOf(body: (self: Process<unknown>) => unknown): Promise<ExitReason> {
    return world.process(function* (self) {
      const { monitor } = self.spawnMonitor(body)
      const reason: ExitReason = yield* receiveDown(self)
      expect(monitor.active).toBe(false)
      return reason
    })
  }

  function* receiveDown(self: Process<unknown>): Routine<ExitReason> {
    const message = (yield* self.receive()) as { reason: ExitReason }
    return message.reason
  }

  it("the end of the function is the reason normal (section 1)", async () => {
    expect(await reasonOf(() => "ignored")).toEqual(ExitReason.normal)
    expect(await reasonOf(async () => Promise.resolve("ignored"))).toEqual(ExitReason.normal)
    expect(world.reports).toEqual([])
  })

  it("P12 (changed): of an uncaught error the reason carries the Error itself, whose stack is read when somebody asks", async () => {
    const error = new RangeError("x")
    const reason = await reasonOf(() => {
      throw error
    })
    expect(reason.kind === "error" && reason.error).toBe(error)
    expect(error.stack).toContain("otp.processes.test.ts")
  })

  it.each([["a string"], [7], [undefined], [null], [{ code: 1 }]])("P13 (changed): %o thrown is an error like others, and stays what it is", async (thrown) => {
    const reason = await reasonOf(function* () {
      yield* schedule()
      throw thrown
    })
    expect(reason).toEqual({ kind: "error", error: thrown })
  })

  it("a rejected async body is an error, too, and no unhandled rejection (P12)", async () => {
    const error = new Error("async")
    expect(await reasonOf(async () => Promise.reject(error))).toEqual({ kind: "error", error })
  })

  it("stop(reason) is exit(reason) in self: it cannot be caught, finally runs, and there is no report of an orderly one (section 1)", async () => {
    const trace: string[] = []
    const reason = await reasonOf(function* (self) {
      try {
        yield* self.stop(ExitReason.shutdownWith("done"))
        trace.push("never")
      } catch {
        trace.push("caught")
      } finally {
        trace.push("finally")
      }
    })
    expect([wordOf(reason), trace, world.reports]).toEqual([["shutdown", "done"], ["finally"], []])
  })

  it("names are free before Down and exit are seen, and before a call fails (section 1)", async () => {
    class Holder extends Actor {
      *hold() {
        yield* sleep(1)
        throw new Error("crash")
      }
    }
    const holders: unknown[] = []
    await world.process(
      function* (self) {
        const look = (): unknown => self.system.whereis("holder")
        const holder = self.spawnLink(Holder, { name: "holder" })
        self.monitor(holder)
        holders.push(look() === holder)
        try {
          yield* holder.call.hold()
        } catch {
          holders.push(look())
        }
        for (let count = 0; count < 2; count++) {
          yield* self.receive()
          holders.push(look())
          self.unregister("holder")
          self.register("holder")
          self.unregister("holder")
        }
      },
      { trapExit: true },
    )
    expect(holders).toEqual([true, undefined, undefined, undefined])
  })
})
