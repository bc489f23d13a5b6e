/** What stands beside the channels: deadlock, Goexit, context, errgroup, synctest. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { channel, currentTasklet, DeadlockError, group, InvalidArgumentError, MisuseError, schedule, Scheduler, Semaphore, sleep, type Tasklet, timeout, TimeoutError, until } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { beforeEach, describe, expect, it } from "vitest"

let clock: VirtualClock
let scheduler: Scheduler
beforeEach(() => {
  clock = new VirtualClock()
  scheduler = new Scheduler({ clock })
})

describe("deadlock", () => {
  it("GO-61: is an error of main() when nothing can ever wake it", async () => {
    const result = scheduler.main(function* () {
      yield* scheduler.channel({ name: "nobody" }).receive()
    })
    const error: unknown = await result.then(undefined, (raised: unknown) => raised)
    expect(error).toBeInstanceOf(DeadlockError)
    expect([(error as DeadlockError).code, (error as DeadlockError).blocked]).toEqual(["deadlock", 1])
    expect((error as DeadlockError).waiting).toMatchObject([{ name: "main", waitingFor: 'receive on channel "nobody"' }])
  })

  it("GO-61: ends a program on the host's event loop with a dump", async () => {
    const program = join(import.meta.dirname, "../fixtures/go-deadlock.ts")
    const flags = ["--conditions=@vivarium/source", "--no-warnings", program]
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, flags, (error, _stdout, text) => resolve({ code: error?.code, stderr: text }))
    })
    expect(code).toBe(1)
    expect(stderr).toContain('Deadlock: nothing can wake main, which waits for receive on channel "nobody"')
  })

  it("GO-62: is not reported while a timer is pending", async () => {
    const result = scheduler.main(function* () {
      const queue = scheduler.channel<string>()
      scheduler.tasklet(function* () {
        yield* sleep(3_600_000)
        yield* queue.send("late")
      })
      return yield* queue.receive()
    })
    expect(await result).toBe("late")
    expect(clock.now()).toBe(3_600_000)
  })

  it("GO-62: is not reported while something from outside is waited for", async () => {
    let arrive = (_value: string): void => {}
    const listener = new Promise<string>((resolve) => (arrive = resolve))
    const result = scheduler.main({ closedWorld: true }, function* () {
      const queue = scheduler.channel<string>()
      scheduler.tasklet(function* () {
        yield* queue.send(yield* until(listener))
      })
      return yield* queue.receive()
    })
    let settled = false
    void result.finally(() => (settled = true))
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => void setImmediate(resolve))
    expect(settled).toBe(false)
    arrive("a connection")
    expect(await result).toBe("a connection")
  })
})

describe("ending oneself", () => {
  it("GO-63: runs the finally blocks, cannot be caught, and leaves the others alone", () => {
    const trace: string[] = []
    const leaving = scheduler.tasklet(function* () {
      try {
        try {
          currentTasklet()?.kill()
          trace.push("runs on to its next wait")
          yield* schedule()
          trace.push("never")
        } catch {
          trace.push("never caught")
        } finally {
          trace.push("inner finally")
        }
        trace.push("never after")
      } finally {
        trace.push("outer finally")
      }
    })
    scheduler.tasklet(function* () {
      trace.push("other")
      yield* schedule()
      trace.push("other again")
    })
    scheduler.run()
    expect(trace).toEqual(["runs on to its next wait", "inner finally", "outer finally", "other", "other again"])
    expect(leaving.alive).toBe(false)
  })

  it("GO-63: a caught error before does not hinder it", () => {
    const trace: string[] = []
    const leaving = scheduler.tasklet(function* () {
      try {
        throw new Error("recovered")
      } catch {
        currentTasklet()?.kill()
        yield* schedule()
        trace.push("never")
      } finally {
        trace.push("finally")
      }
    })
    scheduler.run()
    expect([trace, leaving.alive]).toEqual([["finally"], false])
  })
})

describe("context", () => {
  it("GO-64: aborting the middle of three signals ends its subtree, not its parent", () => {
    const [top, middle] = [new AbortController(), new AbortController()]
    const signals = {
      top: top.signal,
      middle: AbortSignal.any([top.signal, middle.signal]),
      leaf: AbortSignal.any([AbortSignal.any([top.signal, middle.signal]), new AbortController().signal]),
    }
    const ended: string[] = []
    const never = scheduler.channel()
    for (const [name, signal] of Object.entries(signals)) {
      scheduler.tasklet(function* () {
        try {
          yield* never.receive({ signal })
        } catch (reason) {
          ended.push(`${name}: ${(reason as Error).message}`)
        }
      })
    }
    scheduler.run()
    middle.abort(new Error("canceled"))
    expect(never.balance).toBe(-1)
    scheduler.run()
    expect(ended).toEqual(["middle: canceled", "leaf: canceled"])
    top.abort(new Error("all over"))
    scheduler.run()
    expect(ended.at(-1)).toBe("top: all over")
    expect(never.balance).toBe(0)
  })

  it("GO-64: killing the middle of three groups ends its members, not its parent", () => {
    const ended: string[] = []
    const nested = function* (name: string, inner: (() => Generator<never, void>) | null) {
      void inner
      try {
        yield* sleep(1000)
      } finally {
        ended.push(name)
      }
    }
    let middle: Tasklet | undefined
    scheduler.tasklet(function* () {
      yield* group(function* (outer) {
        outer.spawn(nested, "outer member", null)
        middle = outer.spawn(function* () {
          yield* group(function* (inner) {
            inner.spawn(nested, "inner member", null)
            inner.spawn(function* () {
              yield* group(function* (innermost) {
                innermost.spawn(nested, "innermost member", null)
                yield* nested("innermost", null)
              })
            })
            yield* nested("inner", null)
          })
        })
        yield* nested("outer", null)
      })
    })
    scheduler.run()
    middle?.kill()
    scheduler.run()
    expect(ended.toSorted()).toEqual(["inner", "inner member", "innermost", "innermost member"])
    clock.advance(1000)
    scheduler.run()
    expect(ended.slice(4).toSorted()).toEqual(["outer", "outer member"])
    expect(scheduler.statistics().blocked).toBe(0)
  })

  it("GO-66: an aborted signal raises before anything is performed", () => {
    const queue = scheduler.channel<number>({ capacity: 1 })
    queue.trySend(1)
    const reason = new Error("deadline exceeded")
    let raised: unknown
    scheduler.tasklet(function* () {
      try {
        yield* queue.receive({ signal: AbortSignal.abort(reason) })
      } catch (error) {
        raised = error
      }
    })
    scheduler.run()
    expect(raised).toBe(reason)
    expect([queue.length, queue.balance]).toEqual([1, 0])
  })

  it("GO-66 (changed): a time-out of 0 ends without time passing, one in the past is an error", () => {
    const queue = scheduler.channel<number>()
    let raised: unknown
    scheduler.tasklet(function* () {
      try {
        yield* timeout(0, queue.receive())
      } catch (error) {
        raised = error
      }
    })
    scheduler.run()
    expect(raised).toBeInstanceOf(TimeoutError)
    expect([queue.balance, clock.now(), scheduler.statistics().timers]).toEqual([0, 0, 0])
    expect(() => timeout(-1, queue.receive())).toThrow(InvalidArgumentError)
  })
})

describe("errgroup with a limit", () => {
  it("GO-68: never runs more than the limit at once, and says so without waiting", () => {
    const limit = 3
    let [inside, most, done] = [0, 0, 0]
    const refused: boolean[] = []
    scheduler.tasklet(function* () {
      const permits = new Semaphore(limit)
      yield* group(function* (members) {
        for (let task = 0; task < 20; task++) {
          yield* permits.acquire()
          members.spawn(function* () {
            most = Math.max(most, ++inside)
            if (inside === limit) refused.push(!permits.tryAcquire())
            yield* sleep(10)
            inside--
            done++
            permits.release()
          })
        }
      })
      expect(permits.statistics()).toEqual({ permits: limit, available: limit, waiting: 0 })
    })
    scheduler.run()
    while (done < 20) {
      clock.advance(10)
      scheduler.run()
    }
    expect([most, inside, done]).toEqual([limit, 0, 20])
    expect(new Set(refused)).toEqual(new Set([true]))
  })
})

describe("a bubble: a scheduler on a virtual clock", () => {
  it("GO-69: sleeps of seconds take no time, the shorter one ends first", async () => {
    const trace: string[] = []
    const result = scheduler.main(function* () {
      scheduler.tasklet(function* () {
        yield* sleep(1000)
        trace.push(`child at ${clock.now()}`)
      })
      yield* sleep(2000)
      trace.push(`root at ${clock.now()}`)
    })
    await result
    expect(trace).toEqual(["child at 1000", "root at 2000"])
  })

  it("GO-70: fails when all are blocked and there is no timer", async () => {
    const bubble = new Scheduler({ clock, debug: true, onReport: () => {} })
    const queue = bubble.channel({ name: "empty" })
    const result = bubble.main(function* () {
      bubble.tasklet({ name: "child" }, function* () {
        yield* queue.receive()
      })
      yield* queue.receive()
    })
    const error = (await result.then(undefined, (raised: unknown) => raised)) as DeadlockError
    expect(error).toBeInstanceOf(DeadlockError)
    expect(error.waiting.map(({ name, waitingFor }) => `${name}: ${waitingFor}`)).toEqual(['main: receive on channel "empty"', 'child: receive on channel "empty"'])
  })

  it("GO-72: run() returns once all others are blocked, and does not move the clock", () => {
    const trace: string[] = []
    const queue = scheduler.channel<string>()
    scheduler.tasklet(function* () {
      scheduler.tasklet(function* () {
        for (let step = 0; step < 3; step++) yield* schedule()
        trace.push("child works")
        yield* sleep(5)
        trace.push(yield* queue.receive())
      })
      scheduler.run()
      trace.push(`settled at ${clock.now()}`)
      yield* queue.send("a value")
    })
    scheduler.run()
    expect(trace).toEqual(["child works", "settled at 0"])
    clock.advance(5)
    scheduler.run()
    expect(trace).toEqual(["child works", "settled at 0", "a value"])
  })

  it("GO-73: its channel cannot be waited on from another one", () => {
    const foreign = new Scheduler().channel<number>()
    const errors: unknown[] = []
    scheduler.tasklet(function* () {
      for (const attempt of [foreign.receive(), foreign.receiveOrDone(), foreign.send(1)]) {
        try {
          yield* attempt
        } catch (error) {
          errors.push(error instanceof MisuseError && error.code)
        }
      }
    })
    scheduler.run()
    expect(errors).toEqual(["wrong_scheduler", "wrong_scheduler", "wrong_scheduler"])
    expect([foreign.balance, foreign.waiters]).toEqual([0, []])
  })

  it("GO-73: and neither can a channel of the default scheduler, made outside", () => {
    let code: unknown
    const queue = channel<number>()
    scheduler.tasklet(function* () {
      try {
        yield* queue.receive()
      } catch (error) {
        code = (error as MisuseError).code
      }
    })
    scheduler.run()
    expect(code).toBe("wrong_scheduler")
  })

  /** Which of two sleeps that end at once is first. */
  function firstOfTwo(world: Scheduler, time: VirtualClock): string {
    const trace: string[] = []
    for (const name of ["a", "b"]) {
      world.tasklet(function* () {
        yield* sleep(5)
        trace.push(name)
      })
    }
    world.run()
    time.advance(5)
    world.run()
    return trace.join("")
  }

  it("GO-74 (changed): two timers at one instant fire in the order in which they began, 1,000 times over", () => {
    const orders = new Set<string>()
    for (let round = 0; round < 1000; round++) orders.add(firstOfTwo(scheduler, clock))
    expect([...orders]).toEqual(["ab"])
  })

  it("GO-74: unless pick explores: then either may be first, 1,000 rounds", () => {
    const explored: Scheduler = new Scheduler({ clock, pick: (_kind, count) => explored.random.integer(count) })
    const orders = new Set<string>()
    for (let round = 0; round < 1000; round++) orders.add(firstOfTwo(explored, clock))
    expect([...orders].toSorted()).toEqual(["ab", "ba"])
  })
})
