// Thousands of faults, and programs that are really run, each in a process of its own: that is why tests here are slow.
import { PassThrough } from "node:stream"
import { text } from "node:stream/consumers"
import { describe, expect, it } from "vitest"
import { readCommand } from "../../examples/bees-and-flowers/options.ts"
import { Output } from "../../examples/bees-and-flowers/output.ts"
import { runSupervisedMeadow } from "../../examples/supervised-meadow/meadow.ts"
import { read } from "../repository/files.ts"
import { start } from "./program.ts"
import { endingOf, runExample } from "./story.ts"

const { scripts } = JSON.parse(read("package.json")) as { scripts: { start: string } }
const aMinute = { timeout: 60_000 }

/** What the supervised meadow prints, and its exit code. */
async function story(seed: number, faults: number): Promise<{ readonly code: number; readonly stdout: string }> {
  const stream = new PassThrough()
  const stdout = text(stream)
  const code = await runSupervisedMeadow({ seed, faults }, new Output(stream))
  stream.end()
  return { code, stdout: await stdout }
}

/** Without what is measured. */
const unmeasured = (stdout: string): string => stdout.replaceAll(/restarts per second +[\d,]+ {2}in [\d.]+ s/g, "restarts per second, measured").replaceAll(/ +/g, " ")

/** The tree that is printed before the faults (0), or after them (1). */
const tree = (stdout: string, which: 0 | 1): string => [...stdout.matchAll(/^hive: [\s\S]*?\n(?=\n)/gm)][which]?.[0] ?? ""

/** The number in a row of the table, or before a word in it. */
const reader = (stdout: string) => ({
  row: (name: string): number => numberIn(stdout, new RegExp(`^ +${name} +([\\d,]+)(?: |$)`, "m")),
  before: (words: string): number => numberIn(stdout, new RegExp(`([\\d,]+) ${words}`)),
})

function numberIn(stdout: string, pattern: RegExp): number {
  const found = pattern.exec(stdout)?.[1]
  if (found === undefined) throw new Error(`${String(pattern)} was not printed: ${stdout}`)
  return Number(found.replaceAll(",", ""))
}

function expectSumsToBeEven(stdout: string): void {
  const { before, row } = reader(stdout)
  expect(row("faults")).toBe(before("errors? in a method") + before("exit signals?") + before("kills?"))
  expect(row("crashes")).toBe(before("faults? that hit") + before("supervisors? that gave up"))
  expect(row("crashes")).toBe(row("restarts") + row("gave up"))
  expect(row("nectar")).toBe(["in flowers", "carried", "delivered", "lost with flowers", "lost with bees", "spilt"].reduce((sum, name) => sum + row(name), 0))
  expect(stdout).toContain("\nEvery crash and every drop is accounted for.\n")
}

describe("the supervised meadow", () => {
  it.for([1, 2, 3, 7, Number.MAX_SAFE_INTEGER].flatMap((seed) => [0, 1, 100, 1_000].map((faults) => ({ seed, faults }))))(
    "accounts for every crash and every drop: seed $seed, $faults faults",
    aMinute,
    async ({ faults, seed }) => {
      const { code, stdout } = await story(seed, faults)
      expect(code).toBe(0)
      expect(reader(stdout).row("faults")).toBe(faults)
      expectSumsToBeEven(stdout)
    },
  )

  it("accounts for 10,000 faults, among which is every kind", aMinute, async () => {
    const { code, stdout } = await story(4, 10_000)
    expect(code).toBe(0)
    expectSumsToBeEven(stdout)
    const { before, row } = reader(stdout)
    const kinds = [before("errors? in a method"), before("exit signals?"), before("kills?"), before("bees did not hatch"), row("failed starts")]
    expect(Math.min(...kinds)).toBeGreaterThan(500)
    for (const some of [before("supervisors? that gave up"), before("more went down"), row("gave up"), row("lost with flowers"), row("spilt")]) expect(some).toBeGreaterThan(0)
  })

  it("tells the same story for the same seed, but for what is measured", aMinute, async () => {
    const [one, two, other] = [await story(5, 500), await story(5, 500), await story(6, 500)]
    expect(unmeasured(one.stdout)).toBe(unmeasured(two.stdout))
    expect(unmeasured(one.stdout)).not.toBe(unmeasured(other.stdout))
  })

  it("prints the tree before and after: the same children, whole, and younger than before", aMinute, async () => {
    const { stdout } = await story(1, 1_000)
    const [before, after] = [tree(stdout, 0), tree(stdout, 1)]
    const shape = (text: string): string => text.replaceAll(/#\d+/g, "#").replaceAll(/\d+ of (\d+) restarts/g, "of $1 restarts")
    expect(before).toMatch(/^hive: supervisor #1, rest_for_one, 0 of 20 restarts within 1000 ms\n├─ weather: Weather #2, running\n├─ flowers: supervisor #3, one_for_one, /)
    expect(before).toMatch(/├─ bees: dynamic supervisor #[\s\S]*… and 97 more \(97 running\)\n└─ queen: Queen #\d+, running\n$/)
    expect(shape(after)).toBe(shape(before))
    expect(after).not.toMatch(/restarting|stopped/)
    expect(numberIn(after, /Weather #(\d+)/)).toBeGreaterThan(numberIn(before, /Queen #(\d+)/))
  })

  it("shuts down in order in the evening", aMinute, async () => {
    expect((await story(1, 0)).stdout).toMatch(/\nIn the evening the hive shut down in order, within its deadline of 5,000 ms: queen, bees \(100\), flowers \(12\), weather\.\n$/)
  })

  it("comes last in start, with the seed and the faults that were asked for", aMinute, async () => {
    const args = ["--meadow-bees", "10", "--meadow-flowers", "2", "--meadow-nectar", "2", "--seed", "3", "--faults", "50"]
    const { code, stdout } = await start(scripts.start, args).ended
    expect(code).toBe(0)
    const place = stdout.indexOf("The supervised meadow: ")
    expect(place).toBeGreaterThan(stdout.indexOf("The living meadow: "))
    expect(unmeasured(stdout.slice(place))).toBe(unmeasured((await story(3, 50)).stdout))
  })

  it("has 1,000 faults and seed 1 unless told otherwise", () => {
    expect(readCommand([])).toMatchObject({ kind: "run", hive: { seed: 1, faults: 1_000 } })
  })

  it("prints what its README shows", aMinute, async () => {
    const [shown, printed] = [endingOf("supervised-meadow"), await runExample("supervised-meadow")]
    expect({ ...printed, stdout: unmeasured(printed.stdout) }).toEqual({ ...shown, stdout: unmeasured(shown.stdout) })
  })

  it.for(["SIGINT", "SIGTERM"] as const)("shuts down in order on %s, says so, and ends with 0", aMinute, async (name) => {
    const { child, ended, printed } = start(scripts.start, ["--meadow-bees", "10", "--meadow-flowers", "2", "--meadow-nectar", "2", "--faults", "100000"])
    await printed("stdout", /queen: Queen #\d+, running\n/)
    child.kill(name)
    const { code, signal, stderr, stdout } = await ended
    expect({ code, signal }).toEqual({ code: 0, signal: null })
    expect(stdout + stderr).not.toMatch(/^ {4}at /m)
    expect(stdout).toMatch(new RegExp(`\\nStopped by ${name}, the hive shut down in order, within its deadline of 5,000 ms: queen, bees \\(\\d+\\), flowers \\(12\\), weather\\.\\n$`))
    expect(reader(stdout).row("faults")).toBeLessThan(100_000)
    expectSumsToBeEven(stdout)
    expect(stdout).not.toContain("it is whole again")
  })
})
