/** Progress of long explorations, and Ctrl-C. */
import { schedule } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { explore } from "../src/index.ts"
import { Progress, type Signals, type Terminal } from "../src/progress.ts"
import { interruptAt } from "./fixtures/interrupted-program.ts"

/** A terminal, a process and a clock that do what they are told. */
class Stage {
  readonly written: string[] = []
  readonly listeners: (() => void)[] = []
  readonly exits: number[] = []
  readonly terminal: Terminal
  readonly signals: Signals
  now = 5_000

  constructor(isTTY: boolean, columns = 80) {
    this.terminal = {
      isTTY,
      columns,
      write: (text, done) => {
        this.written.push(text)
        done?.()
      },
    }
    this.signals = {
      on: (_signal, listener) => void this.listeners.push(listener),
      off: (_signal, listener) => void this.listeners.splice(this.listeners.indexOf(listener), 1),
      exit: (code) => void this.exits.push(code),
    }
  }

  progress(wanted?: boolean): Progress {
    return new Progress(wanted, this.terminal, this.signals, () => this.now)
  }

  /** Ticks every 50 milliseconds, as explorations do. */
  pass(progress: Progress, ms: number): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 50
      progress.tick(() => `at ${this.now}`)
    }
  }
}

describe("on a terminal, progress", () => {
  it("begins after a second, and is written over itself five times a second", () => {
    const stage = new Stage(true)
    const progress = stage.progress()
    stage.pass(progress, 950)
    expect([stage.written, stage.listeners.length]).toEqual([[], 0])
    stage.pass(progress, 650)
    expect(stage.written).toEqual(["\r\u001b[2Kat 6000", "\r\u001b[2Kat 6200", "\r\u001b[2Kat 6400", "\r\u001b[2Kat 6600"])
  })

  it("is cut to one line", () => {
    const stage = new Stage(true, 5)
    const progress = stage.progress()
    stage.pass(progress, 1_000)
    expect(stage.written).toEqual(["\r\u001b[2Kat 6"])
  })

  it("is cleared at the end, and nobody listens any more", () => {
    const stage = new Stage(true)
    const progress = stage.progress()
    stage.pass(progress, 1_000)
    expect(stage.listeners).toHaveLength(1)
    progress.end()
    expect([stage.written.at(-1), stage.listeners]).toEqual(["\r\u001b[2K", []])
    progress.end()
    expect(stage.written).toHaveLength(2)
  })

  it("is not shown if it is not wanted", () => {
    const stage = new Stage(true)
    const progress = stage.progress(false)
    stage.pass(progress, 10_000)
    progress.end()
    expect([stage.written, stage.listeners]).toEqual([[], []])
  })
})

describe("elsewhere, progress", () => {
  it("is not shown", () => {
    const stage = new Stage(false)
    const progress = stage.progress()
    stage.pass(progress, 10_000)
    progress.end()
    expect([stage.written, stage.listeners]).toEqual([[], []])
  })

  it("is a line now and then if it is asked for", () => {
    const stage = new Stage(false)
    const progress = stage.progress(true)
    stage.pass(progress, 7_000)
    progress.end()
    expect(stage.written).toEqual(["at 6000\n", "at 11000\n"])
  })
})

describe("Ctrl-C", () => {
  it("is told once; pressed twice it ends the process at once", () => {
    const stage = new Stage(true)
    const progress = stage.progress()
    stage.pass(progress, 1_000)
    expect(progress.interrupted).toBe(false)
    stage.listeners[0]?.()
    expect([progress.interrupted, stage.exits]).toEqual([true, []])
    stage.listeners[0]?.()
    expect(stage.exits).toEqual([130])
  })

  it("prints what was found until then, when the line is cleared, and ends the process with code 130", () => {
    const stage = new Stage(true)
    const progress = stage.progress()
    stage.pass(progress, 1_000)
    void progress.leave("nothing")
    expect([stage.written.slice(1), stage.exits, stage.listeners]).toEqual([["\r\u001b[2K", "nothing\n"], [130], []])
  })

  // These two take some seconds: progress begins after one, by the clock of the host.
  it("ends a program that searches: it says how far it was", async () => {
    const { code, errors, output } = await interruptAt("schedules (0 %)", "long-explorations.ts", "searching")
    expect(errors).toMatch(/^explore: [\d,]+ of 1,000,000,000 schedules \(0 %\), [\d,]+\/s, random, seed 1\nexplore: .*: interrupted, and nothing was found\n$/)
    expect([code, output]).toEqual([130, ""])
  })

  it("ends a program that shrinks: it reports the failure with the best code so far", async () => {
    const { code, errors, output } = await interruptAt("shrinking", "long-explorations.ts", "shrinking")
    expect(errors).toMatch(/^explore: found a failure in schedule 1; shrinking, attempt \d+\ncheck failed: they take turns\n/)
    expect(errors.replaceAll(/\s+/g, " ")).toMatch(/Found by random, seed 1, in schedule 1, with \d+ choices off the shipped order: shrunk to \d+ in \d+ attempts, and then there was no time for more\./)
    expect(errors).toMatch(/await replay\(scenario, "v1-[\w-]+"\)/)
    expect([code, output]).toEqual([130, ""])
  })
})

it("refuses anything but true and false", async () => {
  const scenario = () => schedule()
  await expect(explore(scenario, { progress: "yes" as never })).rejects.toThrow("progress must be true or false")
})

it("listens for no signal when a short exploration is over", async () => {
  const before = process.listenerCount("SIGINT")
  await explore(() => schedule(), { schedules: 3, progress: true })
  expect(process.listenerCount("SIGINT")).toBe(before)
})
