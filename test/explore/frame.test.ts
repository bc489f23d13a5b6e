/** The frame around the scenarios: areas, levels, flags and the table. */
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { areas, scenariosByLabel } from "./all.ts"
import { chosen, readFlags, UsageError } from "./flags.ts"
import type { Job } from "./job.ts"
import { levels, type Size, topUp } from "./levels.ts"
import { Table } from "./table.ts"

describe("the areas", () => {
  it.each(Object.keys(areas))("%s has a test file of its name", (area) => {
    expect(existsSync(fileURLToPath(new URL(`${area}.explore.test.ts`, import.meta.url)))).toBe(true)
  })

  it("name each scenario once", () => {
    expect(scenariosByLabel.size).toBe(Object.values(areas).flat().length)
  })

  it("hold at least sixty", () => {
    expect(scenariosByLabel.size).toBeGreaterThanOrEqual(60)
  })
})

describe("topping up", () => {
  const size = (label: string, schedules: number, switches: number, promises = false): Size => ({ label, schedules, switches, promises })
  const level = { explorations: [], atLeast: 1000 }

  it("shares what is missing among the half with the fewest switches a schedule, promises left out", () => {
    const sizes = [size("long", 100, 5000), size("short", 100, 1000), size("middle", 100, 2000), size("longest", 100, 9000), size("slow", 100, 10, true)]
    expect(topUp(level, sizes)).toEqual({ labels: ["short", "middle"], exploration: { strategy: "pct", depth: 3, seed: 2, schedules: 250 } })
  })

  it("is not needed where there are enough, and not possible where all wait for promises", () => {
    expect(topUp(level, [size("much", 1000, 5000)])).toBeUndefined()
    expect(topUp(level, [size("slow", 1, 1, true)])).toBeUndefined()
    expect(topUp(levels.quick, [size("few", 1, 1)])).toBeUndefined()
  })
})

describe("the flags", () => {
  it("choose the level, the scenarios and the worker processes", () => {
    expect(readFlags([])).toEqual({ level: "full", only: [], jobs: 2, list: false, help: false })
    expect(readFlags(["--", "--long", "--jobs", "4", "--only", "kill", "--only=select"])).toMatchObject({ level: "long", jobs: 4, only: ["kill", "select"] })
    expect(readFlags(["--quick", "--list"])).toMatchObject({ level: "quick", list: true })
  })

  it.each([
    [["--depth"], "Unknown option '--depth'"],
    [["kill"], "Unexpected argument 'kill'"],
    [["--quick", "--long"], "--quick and --long are two levels: give one of them, or none for the full level."],
    [["--jobs", "0"], '--jobs must be an integer from 1 to 64, not "0".'],
    [["--jobs", "two"], '--jobs must be an integer from 1 to 64, not "two".'],
    [["--jobs"], "argument missing"],
    [["--only", ""], "--only needs a part of a name, not an empty text; --list names all scenarios."],
  ])("that cannot be meant are told: %j", (args, text) => {
    expect(() => readFlags(args)).toThrow(UsageError)
    expect(() => readFlags(args)).toThrow(text)
  })

  it("--only takes whatever contains the text, and refuses a text that nothing contains", () => {
    const labels = ["kill: a", "kill: b", "select: a"]
    expect(chosen(labels, [])).toEqual(labels)
    expect(chosen(labels, ["kill"])).toEqual(["kill: a", "kill: b"])
    expect(chosen(labels, ["kill: b", "select"])).toEqual(["kill: b", "select: a"])
    expect(() => chosen(labels, ["kill", "selects"])).toThrow('--only "selects": no scenario is called so. explore --list names them all.')
  })
})

describe("the table", () => {
  const job: Job = { label: "kill: a", exploration: { strategy: "pct" } }

  it("adds up what was run", () => {
    const table = new Table(["kill: a"])
    const result = { strategy: "pct, depth 3, seed 1", schedules: 2000, exhausted: false, switches: 31_000, mostChoices: 9, coverage: undefined, idleFaults: [] }
    expect(table.add({ job, ms: 1500, result })).toMatch(/^kill: a +pct, depth 3, seed 1 +2,000 +31,000 +1\.50 s +-\n$/)
    expect(table.end(1, 1, 1500)).toBe("\n1 scenario, 1 exploration, 2,000 schedules, 31,000 switches\n1.5 s, 4,800,000 schedules an hour and worker; 0 failed\n")
    expect(table.hasFailures).toBe(false)
  })

  it("ends with the reports of what has failed", () => {
    const table = new Table(["kill: a"])
    expect(table.add({ job, ms: 20, report: "check failed: none is lost" })).toMatch(/^kill: a +pct +0\.02 s +FAILED\n$/)
    expect(table.hasFailures).toBe(true)
    expect(table.end(1, 1, 20)).toContain("1 failed\n\n=== kill: a\ncheck failed: none is lost\n")
  })
})
