import { describe, expect, it } from "vitest"
import { Figures } from "../src/figures.ts"
import { renderGrid } from "../src/grid.ts"
import { formatLine, type Measurement, parseLine } from "../src/measurement.ts"
import { findWorkload } from "../src/registry.ts"
import { judge } from "../src/targets.ts"
import type { Workload } from "../src/workload.ts"

function rowNamed(name: string): Workload {
  const row = findWorkload(name)
  if (row === undefined) throw new Error(`no row ${name}`)
  return row
}

/** Figures with one sample of each system, by wall time. */
function figuresOf(name: string, nanoseconds: Readonly<Record<string, number>>): Figures {
  const figures = new Figures()
  for (const [system, perOperation] of Object.entries(nanoseconds)) {
    const extra = new Map([["cpu-ns", String(perOperation)]])
    const measurement = { name, seconds: 1, operations: 100, perOperation, peakMegabytes: 1, extra }
    figures.add({ system, row: name, round: 1, measurement })
  }
  return figures
}

describe("the line of a measurement", () => {
  const measurement: Measurement = {
    name: "ring",
    seconds: 0.12346,
    operations: 2_000_000,
    perOperation: 61.73,
    peakMegabytes: 58.4,
    extra: new Map([["cpu-ns", "61.5"]]),
  }

  it("holds name, seconds, operations, ns, MB and extra", () => {
    expect(formatLine(measurement)).toBe("ring 0.1235 2000000 61.7 58.4 cpu-ns=61.5")
  })

  it("is read back", () => {
    const expected = { name: "ring", operations: 2_000_000, perOperation: 61.7 }
    expect(parseLine(formatLine(measurement))).toMatchObject(expected)
  })

  it.each(["", "ring", "ring done in 3 seconds flat"])("is not found in %j", (line) => {
    expect(parseLine(line)).toBeUndefined()
  })
})

describe("judge()", () => {
  const words = (name: string, nanoseconds: Readonly<Record<string, number>>): unknown =>
    judge(figuresOf(name, nanoseconds), "vivarium", rowNamed(name), "wall").map(({ text, holds }) => [text, holds])

  it("takes the best of the rivals that are there", () => {
    expect(words("fanin", { vivarium: 90, go: 100, beam: 80 })).toEqual([["≤ 1 × best", false]])
    expect(words("fanin", { vivarium: 90, go: 100, beam: 91 })).toEqual([["≤ 1 × best", true]])
  })

  it("does not judge what it has no figure for", () => {
    expect(words("deep", { vivarium: 300, go: 100 })).toEqual([
      ["≤ 3 × go", true],
      ["≤ 0.2 × stackless", undefined],
    ])
  })

  it("compares a row with another row of ours", () => {
    const figures = figuresOf("sieve", { vivarium: 100 })
    const receiver = figuresOf("sieve-receiver", { vivarium: 151 })
    for (const sample of receiver.samples) figures.add(sample)
    expect(judge(figures, "vivarium", rowNamed("sieve-receiver"), "wall")).toEqual([
      { text: "≤ 1.5 × sieve", holds: false },
    ])
  })

  it("compares a variant of ours with the rivals' only row", () => {
    const row = { name: "hello-http-web", variantOf: "hello-http", unit: "µs" } as const
    const figures = figuresOf("hello-http-web", { vivarium: 201 })
    for (const sample of figuresOf("hello-http", { node: 100 }).samples) figures.add(sample)
    expect(judge(figures, "vivarium", row, "cpu")).toEqual([{ text: "≤ 2 × node", holds: false }])
  })

  it.each([
    [3_024, true],
    [3_025, false],
  ])("allows bytes over a rival's: %i over 2,000", (bytes, holds) => {
    const row = { name: "ten-thousand-tcp", unit: "bytes" } as const
    const figures = figuresOf("ten-thousand-tcp", { vivarium: bytes, node: 2_000 })
    expect(judge(figures, "vivarium", row, "cpu")).toContainEqual({ text: "≤ 1 × node + 1024 bytes", holds })
  })

  it("holds timers to CPU seconds whatever the table compares", () => {
    expect(words("timers", { vivarium: 5e6 })).toContainEqual(["≤ 0.7 s CPU", true])
    expect(words("timers", { vivarium: 8e6 })).toContainEqual(["≤ 0.7 s CPU", false])
  })
})

describe("renderGrid()", () => {
  const rows = [
    ["row", "ns"],
    ["ring", "62"],
  ]

  it("aligns text", () => {
    expect(renderGrid(rows, "text")).toBe("row    ns\nring   62")
  })

  it("writes Markdown", () => {
    expect(renderGrid(rows, "markdown")).toBe("| row  |  ns |\n| ---- | --: |\n| ring |  62 |")
  })
})
