import { all, group, main, schedule, Scheduler, Semaphore, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"
import { runFixture } from "./fixtures/run-fixture.ts"

describe("plain calls from host callbacks", () => {
  it.each([
    ["run", "awake\n"],
    ["kill", "tidied up\n"],
    ["hold", "ends at once\n"],
    ["double", "joined: once\n"],
  ])("%s: what they set going goes on by itself, and what they end holds nothing", async (scenario, printed) => {
    const { code, stdout, stderr } = await runFixture("plain-calls.ts", scenario)
    expect(stderr).toBe("")
    expect([code, stdout]).toEqual([0, printed])
  })

  it("raise the errors that they cause, not those that were there before", () => {
    const scheduler = new Scheduler()
    const fails = (name: string) =>
      scheduler.tasklet({ name }, function* () {
        try {
          yield* scheduler.sleep(1000)
        } finally {
          raise(name)
        }
      })
    const [first, second, third] = [fails("first"), fails("second"), fails("third")]
    scheduler.run()
    scheduler.tasklet(function* () {
      first.kill()
      second.kill()
    })
    expect(() => scheduler.run()).toThrow("first")
    expect(() => third.kill()).toThrow("third")
    expect(() => scheduler.run()).toThrow("second")
    expect(() => scheduler.run()).not.toThrow()
  })

  it("leave many errors in order, through nested runs", () => {
    const scheduler = new Scheduler()
    const count = 200_000
    const bees = Array.from({ length: count }, (_, index) =>
      scheduler.tasklet(function* () {
        try {
          yield* scheduler.sleep(1000)
        } finally {
          raise(String(index))
        }
      }),
    )
    scheduler.run()
    scheduler.tasklet(function* () {
      for (const bee of bees) bee.kill()
      scheduler.run()
    })
    expect(() => scheduler.run()).toThrow("0")
    expect(() => scheduler.run()).toThrow("1")
  })
})

describe("await on operations of many steps", () => {
  it("performs them on their own scheduler", async () => {
    const scheduler = new Scheduler()
    const queue = scheduler.channel<number>({ capacity: 5 })
    expect(await queue.sendAll([1, 2, 3])).toBe(3)
    expect(await all([queue.receive(), queue.receive()])).toEqual([1, 2])
    const lock = new Semaphore(1, scheduler)
    expect(await lock.with(() => queue.receive())).toBe(3)
    queue.close()
    expect(await queue.each(() => {})).toBe(0)
  })
})

describe("an own scheduler whose main has ended", () => {
  it("keeps no alarm", async () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    let slept = false
    await scheduler.main(function* () {
      scheduler.tasklet(function* () {
        yield* scheduler.sleep(1000)
        slept = true
      })
      yield* schedule()
    })
    clock.advance(2000)
    expect(slept).toBe(false)
    scheduler.run()
    expect(slept).toBe(true)
  })
})

describe("a choice that raises under the event loop", () => {
  it("is told once, and suspends the scheduler", async () => {
    const told: unknown[] = []
    const scheduler = new Scheduler({
      onUncaught: (error) => told.push((error as Error).message),
      pick: () => {
        throw new Error("no choice")
      },
    })
    void scheduler.main(() => {})
    scheduler.tasklet(() => {})
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual(["no choice"])
  })
})

describe("an error of a member that was joined by somebody who is then killed", () => {
  it("cancels the group after all", async () => {
    const failure = main(function* () {
      return yield* group(function* (members) {
        const member = members.spawn(function* () {
          yield* schedule()
          throw new Error("member")
        })
        const joiner = tasklet(() => member)
        members.spawn(function* () {
          while (member.alive) yield* schedule()
          joiner.kill()
          for (;;) yield* schedule()
        })
      })
    })
    await expect(failure).rejects.toThrow("member")
  })
})

function raise(message: string): never {
  throw new Error(message)
}
