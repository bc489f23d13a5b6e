import { Barrier, channel, Deferred, Event, Mutex, type Operation, Pool, run, scheduleRemove, Scheduler, select, Semaphore, sleep, tasklet, type Tasklet, timeout, until } from "@vivarium/core"
import { OwnedCall, VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"
import { victim } from "./fixtures/victim.ts"

describe("kill between wake and resume", () => {
  it("of a receiver drops the value, and counts it", () => {
    const flower = channel<string>()
    const log: string[] = []
    const before = flower.scheduler.droppedValues
    const bee = victim(log, flower.receive())
    run()
    flower.trySend("dropped")
    bee.kill()
    expect(log).toEqual(["finally"])
    expect(flower.balance).toBe(0)
    expect(flower.scheduler.droppedValues).toBe(before + 1)
  })

  it("of a sender: the value has been received all the same", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    const log: string[] = []
    const bee = victim(log, flower.send("x"), scheduler)
    scheduler.run()
    expect(flower.tryReceive()).toEqual({ value: "x" })
    bee.kill()
    expect(log).toEqual(["finally"])
    expect(scheduler.statistics().droppedValues).toBe(0)
  })

  it.each(["plain", "select", "timeout"])("passes a permit, a lock or a resource on to the next waiter (%s)", (form) => {
    const wrapped = <T>(operation: Operation<T>): Operation<unknown> =>
      form === "plain" ? operation : form === "select" ? select({ only: operation, none: channel().receive() }) : timeout(1e6, operation)
    const semaphore = new Semaphore(1)
    const mutex = new Mutex()
    const pool = new Pool(["r"])
    const primitives: { take: Operation<unknown>; free: () => void }[] = [
      { take: semaphore.acquire(), free: () => semaphore.release() },
      { take: mutex.acquire(), free: () => mutex.release() },
      { take: pool.acquire(), free: () => pool.release("r") },
    ]
    for (const { free, take } of primitives) {
      const log: string[] = []
      const holder = tasklet(function* () {
        yield* take
        yield* scheduleRemove()
        free()
      })
      run()
      const first = victim(log, wrapped(take))
      const second = tasklet(function* () {
        yield* wrapped(take)
        log.push("second has it")
        free()
      })
      run()
      holder.run()
      expect(first.blocked).toBe(false)
      first.kill()
      run()
      expect(log).toEqual(["finally", "second has it"])
      expect(second.alive).toBe(false)
    }
    expect(semaphore.statistics()).toEqual({ permits: 1, available: 1, waiting: 0 })
    expect(mutex.statistics()).toEqual({ holder: undefined, waiting: 0 })
    expect(pool.statistics()).toEqual({ size: 1, available: 1, waiting: 0 })
  })

  it("of one who was woken by an event, a deferred, a barrier, a timer or an entry changes nothing for the others", () => {
    const event = new Event()
    const deferred = new Deferred<string>()
    const barrier = new Barrier(3)
    const wakes: [Operation<unknown>, () => void][] = [
      [event.wait(), () => event.set()],
      [deferred.wait(), () => deferred.resolve("x")],
      [barrier.wait(), () => tasklet(() => barrier.wait()).run()],
    ]
    for (const [operation, wakeThem] of wakes) {
      const log: string[] = []
      const first = victim(log, operation)
      const second = victim(log, operation)
      run()
      wakeThem()
      expect([first.blocked, second.blocked]).toEqual([false, false])
      first.kill()
      run()
      expect(log).toEqual(["finally", "woken", "finally", "went on"])
    }
  })

  it("of one whose sleep has ended, or whose promise has settled, ends it all the same", async () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const log: string[] = []
    const bees = [victim(log, sleep(5), scheduler), victim(log, until(Promise.resolve(1)), scheduler)]
    scheduler.run()
    await Promise.resolve()
    clock.advance(5)
    scheduler.tasklet(() => {
      for (const bee of bees) bee.kill()
    })
    scheduler.run({ switches: 1 })
    scheduler.run()
    expect(log).toEqual(["finally", "finally"])
    expect(scheduler.statistics()).toMatchObject({ timers: 0, external: 0, blocked: 0 })
  })

  it.each(["kill", "throw", "nothing"])("of one whose started case has come to its end gives back what that brought, to its operation (%s)", (how) => {
    class Lending extends OwnedCall<string> {
      override undo(outcome: unknown, failed: boolean): void {
        log.push(`${String(outcome)} given back${failed ? " as an error" : ""}`)
      }
    }
    const scheduler = new Scheduler()
    const log: string[] = []
    const gate = scheduler.channel<string>()
    const lending = new Lending(scheduler, () => gate.receive(), [])
    const bee = scheduler.tasklet(function* () {
      try {
        log.push(`${(yield* timeout(1e6, select({ lent: lending, none: scheduler.channel().receive() }))).key} taken`)
      } catch {}
    })
    scheduler.run()
    gate.trySend("a resource")
    scheduler.run({ switches: 1 })
    expect(bee.scheduled && !bee.blocked).toBe(true)
    if (how === "kill") bee.kill()
    else if (how === "throw") bee.throw(new Error("sting"))
    scheduler.run()
    expect(log).toEqual([how === "nothing" ? "lent taken" : "a resource given back"])
  })

  it("of the joiner of a failed tasklet makes the error uncaught again", () => {
    const scheduler = new Scheduler()
    const sting = new Error("sting")
    const log: string[] = []
    const failing = scheduler.tasklet(function* () {
      yield* scheduleRemove()
      throw sting
    })
    const joiner = victim(log, failing.join(), scheduler)
    scheduler.run()
    failing.run()
    expect(joiner.blocked).toBe(false)
    expect(() => joiner.kill()).toThrow(sting)
    expect(log).toEqual(["finally"])
  })
})

describe("kills nested in finally blocks", () => {
  const chain = (length: number): { scheduler: Scheduler; bees: Tasklet[]; ended: () => number } => {
    const scheduler = new Scheduler()
    let ended = 0
    const bees: Tasklet[] = []
    for (let index = 0; index < length; index++) {
      bees.push(
        scheduler.tasklet(function* () {
          try {
            yield* scheduleRemove()
          } finally {
            bees[index + 1]?.kill()
            ended++
          }
        }),
      )
    }
    scheduler.run()
    return { scheduler, bees, ended: () => ended }
  }

  it("go 1,000 deep", () => {
    const { bees, ended } = chain(1000)
    bees[0]?.kill()
    expect(ended()).toBe(1000)
    expect(bees.some(({ alive }) => alive)).toBe(false)
  })

  it("raise beyond, in the one that would nest deeper, and nobody is lost", () => {
    const { bees, ended, scheduler } = chain(1001)
    expect(() => bees[0]?.kill()).toThrow(expect.objectContaining({ code: "nesting", message: expect.stringMatching(/1000 deep.*pending/s) as string }))
    expect(ended()).toBe(999)
    expect(bees.filter(({ alive }) => alive)).toHaveLength(1)
    bees[1000]?.kill()
    expect(scheduler.statistics().blocked).toBe(0)
  })
})
