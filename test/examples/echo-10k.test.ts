// The program is really run, with two more processes each time: that is why these tests are slow. They look at the form of what it prints, and never at times.
import { execFile } from "node:child_process"
import { describe, expect, it } from "vitest"
import { withDescriptors } from "../../examples/echo-10k/descriptors.ts"
import { read, root } from "../repository/files.ts"
import { type Ending, start } from "./program.ts"
import { endingOf } from "./story.ts"

const { scripts } = JSON.parse(read("package.json")) as { scripts: { example: string } }
const program = "examples/echo-10k/main.ts"
const aMinute = { timeout: 60_000 }

function run(...args: readonly string[]): Promise<Ending> {
  return start(scripts.example, [program, ...args]).ended
}

/** The text without its numbers. */
function formOf(text: string): string {
  return text.replaceAll(/ +-?[\d.,]+/g, " #")
}

/** A figure of both parts, by the words before it. */
function figures(text: string, row: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^ {2}${row} {2,}(\\S+)`, "gm"))].map((match) => match[1] as string)
}

describe("echo-10k", () => {
  it("has all requests under way at the same time, and every answer right; it prints what its README shows", aMinute, async () => {
    const { code, stderr, stdout } = await run("--connections", "500", "--rounds", "2")
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(formOf(stdout)).toBe(formOf(endingOf("echo-10k").stdout))
    for (const row of ["connections", "at the same time"]) expect(figures(stdout, row)).toEqual(["500", "500"])
    expect(figures(stdout, "requests")).toEqual(["1,000", "1,000"])
    expect(figures(stdout, "errors")).toEqual(["0", "0"])
    for (const tasklets of figures(stdout, "tasklets alive")) expect(Number(tasklets)).toBeGreaterThanOrEqual(500)
  })

  it("says so where a process may have too few descriptors, and takes as many connections as it can", aMinute, async () => {
    const [command, args] = withDescriptors(200, process.execPath, [...scripts.example.split(" ").slice(1), program, "--connections", "500", "--rounds", "1"])
    const stdout = await new Promise<string>((resolve, reject) => {
      execFile(command, args, { cwd: root, env: { ...process.env, NODE_OPTIONS: "" } }, (error, out) => (error === null ? resolve(out) : reject(error)))
    })
    expect(stdout).toMatch(/^A process may have 200 descriptors open here, so there are 100 connections, and not 500\.\n\n/)
    expect(figures(stdout, "at the same time")).toEqual(["100", "100"])
    expect(figures(stdout, "errors")).toEqual(["0", "0"])
  })

  it.for(["0", "many", "1e9"])("does not take %s for a number of connections", aMinute, async (count) => {
    expect(await run("--connections", count)).toMatchObject({ code: 2, stdout: "", stderr: `--connections must be an integer from 1 to 50000, got "${count}".\n` })
  })
})
