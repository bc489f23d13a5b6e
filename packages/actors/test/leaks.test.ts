/** Nothing is left behind: counted in systems and schedulers, measured in bytes in a process that can collect garbage at will. */
import { execFile } from "node:child_process"
import { getEventListeners } from "node:events"
import { join } from "node:path"
import { Actor, type ProcessTimer, type Ref } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import type { Leftovers } from "./fixtures/leak-worker.ts"
import { Stage } from "./fixtures/stage.ts"

const MIB = 2 ** 20

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

// A million rounds each are what is promised; each takes some seconds, in a process of its own.
describe("after a million rounds", () => {
  it.each(["spawnExit", "spawnCrash", "spawnRaw", "spawnKill", "lineage", "busyCalls", "suspendedCalls", "fullCalls", "monitors", "linksAndAliases", "timers"])(
    "of %s no process, name, timer or wait is left, and the live heap has not grown by a mebibyte",
    { timeout: 120_000 },
    async (name) => {
      const left = await inWorker(name, "1000000")
      expect(left.rounds).toBe(1_000_000)
      expect(left.names).toEqual([])
      expect(left.system).toMatchObject({ processes: 0, names: 0, deadLetters: 0, lateReplies: 0 })
      expect(left.system.ended).toBe(left.system.spawned)
      expect(left.scheduler).toMatchObject({ runnable: 0, blocked: 0, timers: 0, external: 0, ingress: 0 })
      expect(left.scheduler.ended).toBe(left.scheduler.created)
      expect(left.grownBytes).toBeLessThan(MIB)
    },
  )
})

describe("an actor that lives long", () => {
  class Host extends Actor {
    run(step: (self: Host) => void) {
      step(this)
    }
    down() {}
    info() {}
  }

  it("has no listener left on its signal, no timer and no monitor after 10,000 callers, timers and children", async () => {
    await using stage = new Stage()
    let inside: Host | undefined
    const host = stage.system.spawn(Host)
    stage.outcome(() => host.call.run((self) => void (inside = self)))
    const { signal } = inside as Host
    const step = (self: Host): void => {
      const child = self.spawn(function* () {})
      self.monitor(child)
      const timer: ProcessTimer = self.sendAfter(10, "x")
      self.sendAfter(1, "y")
      timer.cancel()
    }
    for (let round = 0; round < 10_000; round++) host.cast.run(step)
    stage.pass(1)
    expect(stage.system.processes).toEqual([host])
    expect(stage.scheduler.statistics()).toMatchObject({ timers: 0, blocked: 1 })
    expect(getEventListeners(signal, "abort")).toEqual([])
  })

  it("remembers a hundred generations of dead ancestors, and no more", async () => {
    await using stage = new Stage()
    let last: readonly Ref<unknown>[] = []
    class Line extends Actor {
      init(left: number) {
        if (left > 0) this.spawn(Line, { args: [left - 1] })
        this.continueWith(() => {
          if (left > 0) this.stop()
        })
      }
      ask() {
        last = this.ancestors
      }
    }
    stage.system.spawn(Line, { args: [500] })
    stage.pass()
    const [only] = stage.system.processes as Ref<Line>[]
    stage.outcome(() => (only as Ref<Line>).call.ask())
    expect(last.length).toBeGreaterThan(50)
    expect(last.length).toBeLessThan(150)
    expect(last[0]).toMatchObject({ id: 500 })
  })
})
