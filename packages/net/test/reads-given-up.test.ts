import { type Operation, type Routine, schedule, select, type Tasklet, tasklet, timeout, TimeoutError } from "@vivarium/core"
import type { Connection } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { arrived } from "./fixtures/arrived.ts"
import { links } from "./fixtures/links.ts"
import { raised } from "./fixtures/raised.ts"

/** A tasklet that reads once, and notes what it got. */
function reader(log: unknown[], operation: Operation<unknown>): Tasklet {
  return tasklet(function* () {
    const got = yield* operation
    log.push(Buffer.isBuffer(got) ? got.toString() : got)
  })
}

/** Waits until a tasklet has been woken, but has not run yet. */
function* woken(one: Tasklet): Routine {
  while (one.blocked) yield* schedule()
}

const reads: readonly (readonly [string, (connection: Connection) => Operation<unknown>])[] = [
  ["read()", (connection) => connection.read()],
  ["readBytes(6)", (connection) => connection.readBytes(6)],
  ["readUntil()", (connection) => connection.readUntil("r\n")],
  ["readLine()", (connection) => connection.readLine()],
  ["peek()", (connection) => connection.peek()],
]

describe.each(links)("reads from $name that are given up", ({ talk }) => {
  describe.each(reads)("%s", (_name, read) => {
    it.each(["kill", "throw", "select", "time-out"] as const)("takes nothing (%s)", async (how) => {
      await talk(function* (left, right, scheduler) {
        const log: unknown[] = []
        const operation = how === "select" ? select({ read: read(right), gone: left.closed, now: scheduler.sleep(0) }) : how === "time-out" ? timeout(2, read(right)) : read(right)
        const one = tasklet(function* () {
          try {
            const got = yield* operation
            log.push(how === "select" ? (got as { key: string }).key : got)
          } catch (error) {
            log.push(error instanceof TimeoutError ? "late" : (error as Error).message)
          } finally {
            log.push("finally")
          }
        })
        yield* schedule()
        expect(one.blocked).toBe(true)
        if (how === "kill") one.kill()
        if (how === "throw") one.throw(new Error("stung"))
        if (how !== "kill") yield* one
        expect(log).toEqual({ kill: ["finally"], throw: ["stung", "finally"], select: ["now", "finally"], "time-out": ["late", "finally"] }[how])
        yield* left.write("nectar\n")
        yield* arrived(right, 7)
        expect(right.statistics().unread).toBe(7)
        expect(yield* right.readLine()).toBe("nectar")
      })
    })

    it.each(["alone", "in a select", "in a time-out"])("gives back what it was handed and never took (%s)", async (how) => {
      await talk(function* (left, right) {
        const operation = how === "alone" ? read(right) : how === "in a select" ? select({ read: read(right), gone: right.closed }) : timeout(10_000, read(right))
        const log: unknown[] = []
        const one = reader(log, operation)
        yield* schedule()
        tasklet(() => left.write("nectar\n"))
        yield* woken(one)
        expect([one.blocked, one.alive]).toEqual([false, true])
        one.kill()
        expect(log).toEqual([])
        expect(right.statistics().unread).toBe(7)
        expect((yield* right.readBytes(7))?.toString()).toBe("nectar\n")
      })
    })
  })

  it("gives back what came before an end in the middle, too", async () => {
    await talk(function* (left, right) {
      const one = reader([], right.readBytes(100))
      yield* schedule()
      yield* left.write("nec")
      tasklet(() => left.end())
      yield* woken(one)
      one.kill()
      expect((yield* right.read())?.toString()).toBe("nec")
      expect(yield* right.read()).toBeUndefined()
    })
  })

  it("hands on what is given back to who waits next", async () => {
    await talk(function* (left, right) {
      const log: unknown[] = []
      const first = reader(log, right.readLine())
      const second = reader(log, right.readLine())
      yield* schedule()
      tasklet(() => left.write("nectar\n"))
      yield* woken(first)
      expect(second.blocked).toBe(true)
      first.kill()
      yield* second
      expect(log).toEqual(["nectar"])
    })
  })

  it("serves the next in line if the first gives up", async () => {
    await talk(function* (left, right) {
      const log: unknown[] = []
      const first = reader(log, right.readBytes(100))
      const second = reader(log, right.readBytes(3))
      yield* schedule()
      yield* left.write("nectar")
      yield* arrived(right, 6)
      expect(log).toEqual([])
      first.kill()
      yield* second
      expect(log).toEqual(["nec"])
    })
  })

  it("serves the next in line if the first is late", async () => {
    await talk(function* (left, right) {
      const log: unknown[] = []
      const first = tasklet(() => raised(right.readBytes(100, { timeoutMs: 3 })))
      const second = reader(log, right.readBytes(3))
      yield* schedule()
      yield* left.write("nectar")
      expect(yield* first).toBeInstanceOf(TimeoutError)
      yield* second
      expect(log).toEqual(["nec"])
    })
  })

  it("serves readers first come, first served, each whole", async () => {
    await talk(function* (left, right) {
      const log: unknown[] = []
      const readers = [right.readLine(), right.readBytes(4), right.readUntil("!"), right.peek(2), right.readLine()].map((operation) => reader(log, operation))
      yield* schedule()
      for (const part of ["o", "ne\nab", "cdwor", "ld", "!la", "st\n"]) yield* left.write(part)
      for (const one of readers) yield* one
      expect(log).toEqual(["one", "abcd", "world!", "la", "last"])
    })
  })

  it("does not let a newcomer past those who wait", async () => {
    await talk(function* (left, right) {
      const log: unknown[] = []
      const first = reader(log, right.readBytes(6))
      yield* schedule()
      yield* left.write("nec")
      yield* arrived(right, 3)
      const second = reader(log, right.read())
      yield* schedule()
      expect(log).toEqual([])
      yield* left.write("tar.")
      yield* first
      yield* second
      expect(log).toEqual(["nectar", "."])
    })
  })

  it("are late once, though a select waits for two of them, and nobody behind is forgotten", async () => {
    await talk(function* (left, right) {
      const log: unknown[] = []
      const impatient = tasklet(() => raised(select({ bytes: right.readBytes(9, { timeoutMs: 3 }), line: right.readLine({ timeoutMs: 3 }) })))
      const patient = reader(log, right.readLine())
      expect(yield* impatient).toBeInstanceOf(TimeoutError)
      yield* left.write("nectar\n")
      yield* patient
      expect(log).toEqual(["nectar"])
    })
  })

  it("are taken once, though a select waits for two of them", async () => {
    await talk(function* (left, right) {
      const one = tasklet(() => select({ bytes: right.readBytes(3), line: right.readLine() }))
      const next = tasklet(() => right.readLine())
      yield* schedule()
      yield* left.write("nectar\n")
      expect(yield* one).toMatchObject({ key: "bytes" })
      expect(yield* next).toBe("tar")
    })
  })

  it("can be cases of a select while the source is stopped", async () => {
    await talk({ highWaterBytes: 10 }, function* (left, right) {
      const writer = tasklet(function* () {
        for (let count = 0; count < 20; count++) yield* left.write("0123456789")
      })
      yield* arrived(right, 10)
      const { key, value } = yield* select({ bytes: right.readBytes(150), closed: right.closed })
      expect([key, value?.toString()]).toEqual(["bytes", "0123456789".repeat(15)])
      expect((yield* right.readBytes(50))?.length).toBe(50)
      yield* writer
    })
  })

  it("let the source flow for the next in line, if the one for whom it was stopped gives up", async () => {
    await talk({ highWaterBytes: 10 }, function* (left, right) {
      const log: unknown[] = []
      const writer = tasklet(() => left.write("x".repeat(100)))
      const first = reader(log, right.read())
      const second = reader(log, right.readBytes(100))
      yield* woken(first)
      first.kill()
      yield* second
      yield* writer
      expect(log).toEqual(["x".repeat(100)])
    })
  })

  it("wait for no time at all if they are told so, and take what is there", async () => {
    await talk(function* (left, right) {
      expect(yield* raised(right.readLine({ timeoutMs: 0 }))).toBeInstanceOf(TimeoutError)
      yield* left.write("nectar\n")
      yield* right.peek(7)
      expect(yield* right.readLine({ timeoutMs: 0 })).toBe("nectar")
    })
  })

  it("work with await, outside of tasklets", async () => {
    await talk(function* (left, right) {
      yield* tasklet(async () => {
        const reading = Promise.all([right.readLine(), right.readLine()])
        await left.write("nectar\npollen\n")
        expect(await reading).toEqual(["nectar", "pollen"])
        await expect(right.readLine({ timeoutMs: 3 })).rejects.toBeInstanceOf(TimeoutError)
      })
    })
  })
})
