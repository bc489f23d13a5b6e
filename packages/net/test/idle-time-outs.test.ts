import { group, type Operation, type Routine, schedule, Scheduler, tasklet, TimeoutError } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { type Connection, pair, type PairOptions } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { memory } from "./fixtures/links.ts"
import { raised } from "./fixtures/raised.ts"

/** When, on virtual time, an operation that waits is late. */
async function lateAt(options: PairOptions, operation: (left: Connection, right: Connection) => Operation<unknown>, before?: (left: Connection, right: Connection) => Routine): Promise<number> {
  let at = NaN
  await memory.talk(options, function* (left, right, scheduler) {
    if (before !== undefined) yield* before(left, right)
    expect(yield* raised(operation(left, right))).toBeInstanceOf(TimeoutError)
    at = scheduler.clock.now()
  })
  return at
}

/** Leaves no room for more. */
function* fill(left: Connection): Routine {
  yield* left.write(Buffer.alloc(65_536))
  yield* left.write(Buffer.alloc(65_536))
}

describe("waits without an end of their own", () => {
  const reads: readonly (readonly [string, (connection: Connection, timeoutMs?: number) => Operation<unknown>])[] = [
    ["read()", (connection, timeoutMs) => connection.read(timeoutMs === undefined ? undefined : { timeoutMs })],
    ["readLine()", (connection, timeoutMs) => connection.readLine(timeoutMs === undefined ? undefined : { timeoutMs })],
    ["readBytes()", (connection, timeoutMs) => connection.readBytes(5, timeoutMs === undefined ? {} : { timeoutMs })],
    ["readUntil()", (connection, timeoutMs) => connection.readUntil("x", timeoutMs === undefined ? {} : { timeoutMs })],
    ["peek()", (connection, timeoutMs) => connection.peek(1, timeoutMs === undefined ? {} : { timeoutMs })],
  ]

  it.each(reads)("are late after a minute, or what was said of the connection or the call: %s", async (_name, read) => {
    expect(await lateAt({}, (left) => read(left))).toBe(60_000)
    expect(await lateAt({ idleMs: 250 }, (left) => read(left))).toBe(250)
    expect(await lateAt({ idleMs: 250 }, (left) => read(left, 9000))).toBe(9000)
    expect(await lateAt({ idleMs: Infinity }, (left) => read(left, 7.5))).toBe(7.5)
  })

  it.each([
    ["write()", (left: Connection, timeoutMs?: number) => left.write("x", timeoutMs === undefined ? undefined : { timeoutMs })],
    ["flush()", (left: Connection, timeoutMs?: number) => left.flush(timeoutMs === undefined ? undefined : { timeoutMs })],
    ["end()", (left: Connection, timeoutMs?: number) => left.end(timeoutMs === undefined ? undefined : { timeoutMs })],
  ] as const)("are late after a minute of nothing being taken, or what was said: %s", async (_name, wait) => {
    expect(await lateAt({}, (left) => wait(left), fill)).toBe(60_000)
    expect(await lateAt({ idleMs: 250 }, (left) => wait(left), fill)).toBe(250)
    expect(await lateAt({ idleMs: 250 }, (left) => wait(left, 9000), fill)).toBe(9000)
  })

  it("are each late at their own time, and once", async () => {
    await memory.talk(function* (left, _right, scheduler) {
      const log: string[] = []
      yield* group(function* (members) {
        for (const timeoutMs of [30, 10, 20, 10, 25]) {
          members.spawn(function* () {
            expect(yield* raised(left.read({ timeoutMs }))).toBeInstanceOf(TimeoutError)
            log.push(`${timeoutMs} at ${scheduler.clock.now()}`)
          })
        }
      })
      expect(log).toEqual(["10 at 10", "10 at 10", "20 at 20", "25 at 25", "30 at 30"])
    })
  })

  it("begin anew with each wait: what was read before does not count", async () => {
    await memory.talk({ idleMs: 100 }, function* (left, right, scheduler) {
      const writer = tasklet(function* () {
        for (let count = 0; count < 10; count++) {
          yield* scheduler.sleep(90)
          yield* right.write("line\n")
        }
      })
      for (let count = 0; count < 10; count++) expect(yield* left.readLine()).toBe("line")
      yield* writer
      expect(yield* raised(left.readLine())).toBeInstanceOf(TimeoutError)
      expect(scheduler.clock.now()).toBe(1000)
    })
  })

  it("begin anew for all who write whenever the peer has taken something of any of them", async () => {
    await memory.talk({ idleMs: 100, highWaterBytes: 10 }, function* (left, right, scheduler) {
      yield* left.write(Buffer.alloc(20))
      const first = tasklet(() => left.write(Buffer.alloc(400_000)))
      const second = tasklet(() => left.write("last words"))
      for (let slice = 0; slice < 7; slice++) {
        yield* scheduler.sleep(90)
        yield* right.readBytes(slice === 0 ? 20 : Math.min(65_536, 400_000 - (slice - 1) * 65_536))
      }
      yield* first
      yield* scheduler.sleep(90)
      expect(yield* right.readBytes(400_000 - 6 * 65_536)).toBeDefined()
      yield* second
      expect(String(yield* right.readBytes(10))).toBe("last words")
    })
  })

  it("are for ever if that is said, and a deadlock is then told", async () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    await expect(
      scheduler.main(function* () {
        const [left] = pair({ idleMs: Infinity })
        yield* left.readLine()
      }),
    ).rejects.toMatchObject({ name: "DeadlockError", message: expect.stringContaining("readLine() from the right side of a pair") as string })
    expect(scheduler.statistics().timers).toBe(0)
  })

  it("leave no timer behind, however they end", async () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    await scheduler.main(function* () {
      const [left, right] = pair()
      const lines = tasklet(() => left.lines().each(() => {}))
      const killed = tasklet(() => left.read())
      yield* schedule()
      expect(scheduler.statistics().timers).toBe(1)
      yield* right.write("a\nb\n")
      killed.kill()
      yield* right.close()
      yield* lines
      expect(scheduler.statistics().timers).toBe(0)
    })
    expect(scheduler.clock.now()).toBe(0)
  })
})
