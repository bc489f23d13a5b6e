import { channel, DeadlockError, Scheduler, select, sleep, timeout, until } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"
import { runFixture } from "./fixtures/run-fixture.ts"

describe("a deadlock of main()", () => {
  it("says what was waited for and how many wait, and is raised where main waits", async () => {
    const scheduler = new Scheduler()
    const seen: unknown[] = []
    const ended = scheduler.main({ closedWorld: true, name: "queen" }, function* () {
      for (let bee = 0; bee < 3; bee++) scheduler.tasklet(() => scheduler.channel().receive())
      try {
        yield* scheduler.channel({ name: "rose" }).receive()
      } catch (error) {
        seen.push(error)
        throw error
      }
    })
    await expect(ended).rejects.toBeInstanceOf(DeadlockError)
    expect(seen[0]).toMatchObject({ code: "deadlock", blocked: 4, message: expect.stringMatching(/queen.*receive on channel "rose".*4 tasklets wait/s) as string })
    expect((seen[0] as DeadlockError).waiting).toEqual([{ id: expect.any(Number) as number, name: "queen", waitingFor: 'receive on channel "rose"', createdAt: undefined }])
    expect((seen[0] as Error).message).toMatch(/debug: true/)
  })

  it("in debug mode lists every waiting tasklet, what it waits for and where it was created", async () => {
    const scheduler = new Scheduler({ debug: true })
    const ended = scheduler.main({ closedWorld: true, name: "queen" }, function* () {
      const drone = scheduler.tasklet({ name: "drone" }, () => scheduler.channel<number>({ name: "tulip" }).send(1))
      const waits = scheduler.tasklet({ name: "worker" }, () => select({ drone, rose: scheduler.channel({ name: "rose" }).receive() }))
      yield* waits
    })
    const error = await ended.then(() => undefined, (raised: DeadlockError) => raised)
    expect(error?.waiting.map(({ name, waitingFor }) => [name, waitingFor])).toEqual([
      ["queen", "the end of worker"],
      ["drone", 'send on channel "tulip"'],
      ["worker", 'select of drone: the end of drone, rose: receive on channel "rose"'],
    ])
    expect(error?.blocked).toBe(3)
    for (const { createdAt, name } of error?.waiting ?? []) {
      expect(createdAt).toMatch(/deadlock\.test\.ts:\d+/)
      expect(error?.message).toContain(`${name} (#`)
    }
  })

  it("with closedWorld waits for timers, promises and actions that tasklets wait for", async () => {
    const scheduler = new Scheduler()
    const result = scheduler.main({ closedWorld: true }, function* () {
      const flower = scheduler.channel<string>()
      scheduler.tasklet(function* () {
        yield* sleep(1)
        yield* until(new Promise<void>((resolve) => void setImmediate(resolve)))
        yield* flower.send("in the end")
      })
      return yield* flower.receive()
    })
    expect(await result).toBe("in the end")
  })

  it("without it is not decided while the host has something left: a callback may still send", async () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    let settled = false
    const result = scheduler.main(() => flower.receive()).finally(() => (settled = true))
    for (let turn = 0; turn < 10; turn++) await new Promise<void>((resolve) => void setImmediate(resolve))
    expect(settled).toBe(false)
    flower.trySend("from a callback")
    expect(await result).toBe("from a callback")
  })

  it("may be caught: main goes on, and meets the next one", async () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    let caught = 0
    const codes = new Set<string>()
    const result = scheduler.main(function* () {
      for (; caught < 3; caught++) {
        try {
          yield* scheduler.channel().receive()
        } catch (error) {
          codes.add((error as DeadlockError).code)
        }
        yield* sleep(10)
      }
      return "survived"
    })
    expect(await result).toBe("survived")
    expect(caught).toBe(3)
    expect([...codes]).toEqual(["deadlock"])
  })

  it("on a virtual clock is found by counting, after the last timer has fired", async () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    scheduler.tasklet(() => sleep(5000))
    const ended = scheduler.main(function* () {
      yield* scheduler.channel({ name: "rose" }).receive()
    })
    await expect(ended).rejects.toThrow(/receive on channel "rose"/)
    expect(clock.now()).toBe(5000)
  })

  it("fails every main that waits", async () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    const flower = scheduler.channel<string>()
    const ended = await Promise.allSettled([scheduler.main(() => flower.receive()), scheduler.main(() => timeout(5, flower.receive())), scheduler.main(() => flower.receive())])
    expect(ended.map((one) => (one.status === "rejected" ? (one.reason as { code: string }).code : "fine"))).toEqual(["deadlock", "timeout", "deadlock"])
  })

  it("is never raised by run() itself", () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    scheduler.tasklet(() => scheduler.channel().receive())
    expect(() => scheduler.run()).not.toThrow()
    expect(channel().balance).toBe(0)
  })
})

describe("on the host's event loop", () => {
  it("a deadlock is raised when the host has nothing left, and ends the process", async () => {
    const { code, stderr, stdout } = await runFixture("process-ends.ts", "deadlock")
    expect(stderr).toMatch(/DeadlockError: Deadlock: nothing can wake queen, which waits for receive on channel "rose"; 2 tasklets wait/)
    expect(stdout).toBe("")
    expect(code).toBe(1)
  })

  it("a caught deadlock lets main go on", async () => {
    const { code, stdout } = await runFixture("process-ends.ts", "deadlock caught")
    expect(stdout).toBe("caught deadlock\nwent on\nend of file\n")
    expect(code).toBe(0)
  })

  it("a deadlock of an async body rejects main's promise", async () => {
    const { code, stdout } = await runFixture("process-ends.ts", "deadlock of an async body")
    expect(stdout).toBe("rejected deadlock\nend of file\n")
    expect(code).toBe(0)
  })

  it("a callback that nobody counted may still send", async () => {
    const { code, stdout } = await runFixture("process-ends.ts", "callback sends")
    expect(stdout).toBe("from a callback nobody counted\nend of file\n")
    expect(code).toBe(0)
  })
})
