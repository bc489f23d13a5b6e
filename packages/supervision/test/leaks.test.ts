/** Supervisors leave nothing behind, however long they live: counted in systems, schedulers and supervisors, measured in bytes in a process that can collect garbage at will. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Held, Leftovers } from "./fixtures/leak-worker.ts"

const MIB = 2 ** 20
const MILLION = 1_000_000

/** Runs a workload in a process of its own. */
function inWorker(...args: readonly string[]): Promise<Leftovers> {
  const worker = join(import.meta.dirname, "fixtures/leak-worker.ts")
  const flags = ["--expose-gc", "--conditions=@vivarium/source", "--no-warnings", worker, ...args]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, flags, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Leftovers)
      else reject(new Error(`${error.message}\n${stderr}`))
    })
  })
}

/** What a supervisor with so many children may hold on to, and no more; one that somebody above looks after is watched by that one. */
function holding(children: number, stamps: number, watchers = 0): Held {
  return { children, references: children, stamps, links: 0, monitors: 0, watchers, timers: 0 }
}

/** The stamps of a full window: one more than it allows. */
const FULL = 5_001

// A million rounds, or what comes to a million starts, take some seconds each, in processes of their own.
describe("after very many rounds", () => {
  it.each([
    ["crashes and restarts", "crash", MILLION, [holding(1, FULL)]],
    ["crashes by an error, and restarts", "throw", 100_000, [holding(1, FULL)]],
    ["starts of which every other one fails", "failedStarts", 200_000, [holding(1, FULL)]],
    ["crashes and delayed restarts", "backoff", MILLION, [holding(1, 0)]],
    ["restarts of all five under one_for_all", "oneForAll", 200_000, [holding(5, FULL)]],
    ["starts and stops of dynamic children", "dynamic", MILLION, [holding(0, 0)]],
    ["starts and crashes of temporary dynamic children", "dynamicCrash", MILLION, [holding(0, 0)]],
    ["restarts of a supervisor that gives up", "supervisors", 100_000, [holding(1, FULL), holding(2, 0, 1)]],
    ["kills of a supervisor that leaves orphans", "orphans", 100_000, [holding(1, FULL), holding(2, 0, 1)]],
  ] as const)(
    "of %s the cost is what it was, no process, name, timer, link, monitor or watcher is left, and the live heap has not grown by a mebibyte",
    { timeout: 120_000 },
    async (_name, workload, count, held) => {
      const left = await inWorker(workload, `${count}`)
      expect(left.rounds).toBe(count)
      expect(left.turns[1]).toBe(left.turns[0])
      expect(left.held).toEqual(held)
      expect(left.names).toEqual([])
      expect(left.system).toMatchObject({ processes: 0, names: 0, deadLetters: 0, lateReplies: 0, unhandled: 0 })
      expect(left.system.ended).toBe(left.system.spawned)
      expect(left.scheduler).toMatchObject({ runnable: 0, blocked: 0, timers: 0, external: 0, ingress: 0, leaks: 0 })
      expect(left.scheduler.ended).toBe(left.scheduler.created)
      expect(left.grownBytes).toBeLessThan(MIB)
    },
  )
})
