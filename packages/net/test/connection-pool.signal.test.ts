import { Event, main, tasklet, until } from "@vivarium/core"
import { ConnectionPool } from "@vivarium/net"
import { describe, expect, it } from "vitest"

/** A connection that knows whether it was told to stop. */
interface Line {
  aborted: boolean
  destroyed: boolean
}

/** A pool of one, whose connections are made when they are let; all that were begun, in order. */
function poolOfOne(made: Promise<void>) {
  const lines: Line[] = []
  const pool = new ConnectionPool<Line>({
    create: async (signal) => {
      const line = { aborted: false, destroyed: false }
      signal.addEventListener("abort", () => (line.aborted = true))
      lines.push(line)
      await made
      return line
    },
    destroy: (line) => {
      line.destroyed = true
    },
    max: 1,
  })
  return { lines, pool }
}

describe("the signal of a pool's create", () => {
  it("is aborted if nobody waits for the connection any more, and the connection is ended when it comes", async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await main(function* () {
      const { lines, pool } = poolOfOne(promise)
      const caller = tasklet(() => pool.with(() => {}))
      caller.run()
      caller.kill()
      expect(lines).toEqual([{ aborted: true, destroyed: false }])
      resolve()
      yield* pool.with(() => {})
      expect(lines).toEqual([{ aborted: true, destroyed: true }, { aborted: false, destroyed: false }])
      yield* pool.close()
    })
  })

  it("is aborted if an error is thrown into the tasklet", async () => {
    await main(function* () {
      const { lines, pool } = poolOfOne(new Promise(() => {}))
      const caller = tasklet(function* () {
        try {
          yield* pool.with(() => {})
        } catch {}
      })
      caller.run()
      caller.throw(new Error("never mind"))
      expect(lines).toEqual([{ aborted: true, destroyed: false }])
      yield* pool.close()
    })
  })

  it("says nothing any more once the connection is made, whatever becomes of the tasklet that had it made", async () => {
    await main(function* () {
      const { lines, pool } = poolOfOne(Promise.resolve())
      const idle = new Event()
      const caller = tasklet(function* () {
        yield* pool.with(() => {})
        idle.set()
        yield* until(new Promise(() => {}))
      })
      yield* idle.wait()
      const borrowed = yield* pool.acquire()
      caller.kill()
      expect(borrowed).toEqual({ aborted: false, destroyed: false })
      expect(lines).toEqual([borrowed])
      pool.release(borrowed)
      yield* pool.close()
    })
  })
})
