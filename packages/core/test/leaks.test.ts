/** Nothing is left behind: counted in queues, measured in bytes in a process that can collect garbage at will. */
import { execFile } from "node:child_process"
import { getEventListeners } from "node:events"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Operation, Scheduler, select, sleep, timeout } from "../src/index.ts"
import { VirtualClock } from "../src/lowlevel.ts"
import type { Leftovers, Unreachable } from "./fixtures/leak-worker.ts"

const MIB = 2 ** 20

/** Runs a workload in a process of its own. */
function inWorker<T>(...args: readonly string[]): Promise<T> {
  const worker = join(import.meta.dirname, "fixtures/leak-worker.ts")
  const flags = ["--expose-gc", "--conditions=@vivarium/source", "--no-warnings", worker, ...args]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, flags, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as T)
      else reject(new Error(`${error.message}\n${stderr}`))
    })
  })
}

// A million rounds each are what is promised; each takes a second or so, in a process of its own.
describe("after a million rounds", () => {
  it.each(["lostSelects", "killedReceives", "timedOut", "finishedTasklets"])(
    "of %s all queues are empty and the live heap has not grown by a mebibyte",
    { timeout: 60_000 },
    async (name) => {
      const left = await inWorker<Leftovers>(name, "1000000")
      expect(left.rounds).toBe(1_000_000)
      expect([left.balances, left.waiters]).toEqual([[0, 0], [0, 0]])
      expect(left.statistics).toMatchObject({ runnable: 0, blocked: 0, timers: 0, external: 0, ingress: 0, droppedValues: 0 })
      expect(left.statistics.ended).toBe(left.statistics.created)
      expect(left.grownBytes).toBeLessThan(MIB)
    },
  )
})

// These start a process that collects garbage several times.
describe("a tasklet that waits where nobody can reach it", () => {
  it("is collected", { timeout: 20_000 }, async () => {
    const { collected, made } = await inWorker<Unreachable>("unreachable")
    expect(collected).toBe(made)
  })

  it("is collected in debug mode too, and reported with its name and where it was created", { timeout: 20_000 }, async () => {
    const { collected, made, reports } = await inWorker<Unreachable>("unreachableInDebug")
    expect([collected, reports.length]).toEqual([made, made])
    expect([...new Set(reports.map(({ kind, name }) => `${kind}: ${name}`))]).toEqual(["leak: lost bee"])
    expect(reports.filter(({ createdAt }) => createdAt?.includes("leak-worker.ts") !== true)).toEqual([])
  })
})

describe("a long-lived signal", () => {
  // 100,000 waits with a listener each.
  it("has no listener left after 100,000 waits that were met, timed out, lost, killed and thrown into", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock, limits: { slowSliceMs: Infinity } })
    const { signal } = new AbortController()
    const queue = scheduler.channel<number>()
    const [never, full] = [scheduler.channel<number>(), scheduler.channel<number>()]
    const rounds = 25_000
    const receiver = scheduler.tasklet(function* () {
      for (let round = 0; round < rounds; round++) yield* queue.receive({ signal })
    })
    scheduler.tasklet(function* () {
      for (let round = 0; round < rounds; round++) yield* queue.send(round, { signal })
    })
    scheduler.run()
    expect(receiver.alive).toBe(false)
    const waits: (() => Operation<unknown>)[] = [
      () => timeout(1, never.receive({ signal })),
      () => select({ lost: never.receive({ signal }), won: sleep(1) }),
      () => select({ lost: never.receive(), won: sleep(1) }, { signal }),
      () => never.receiveOrDone({ signal }),
      () => full.send(1, { signal }),
    ]
    for (let round = 0; round < 10_000; round++) {
      const waiting = waits.map((wait) =>
        scheduler.tasklet(function* () {
          try {
            yield* wait()
          } catch {}
        }),
      )
      scheduler.run()
      expect(getEventListeners(signal, "abort").length).toBe(waits.length)
      clock.advance(1)
      scheduler.run()
      waiting[3]?.kill()
      waiting[4]?.throw(new Error("stop"))
      expect(waiting.some((one) => one.alive)).toBe(false)
    }
    expect(getEventListeners(signal, "abort")).toEqual([])
    expect([queue.balance, never.balance, full.balance, scheduler.statistics().blocked]).toEqual([0, 0, 0, 0])
  })
})
