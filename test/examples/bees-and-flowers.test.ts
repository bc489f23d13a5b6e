// The program is really run, in a process of its own that takes about half a second: that is why tests here are slow.
import { describe, expect, it } from "vitest"
import { readCommand } from "../../examples/bees-and-flowers/options.ts"
import { progressOn } from "../../examples/bees-and-flowers/progress.ts"
import { allFiles, read } from "../repository/files.ts"
import { expectedTrace } from "./article-reference.ts"
import { type Ending, type Program, start } from "./program.ts"

const { scripts } = JSON.parse(read("package.json")) as { scripts: { start: string } }
const program = (...args: string[]): Program => start(scripts.start, args)
const finished = (...args: string[]): Promise<Ending> => program(...args).ended
const aMinute = { timeout: 60_000 }
const sideBySide = { concurrent: true, ...aMinute }

const golden = allFiles
  .filter((path) => path.startsWith("test/golden/bees/"))
  .map((path) => ({ path, world: /seed-(\d+)-flowers-(\d+)-bees-(\d+)-nectar-(\d+)\.txt$/.exec(path)?.slice(1).map(Number) ?? [] }))

const flagsOf = ([seed, flowers, bees, nectar]: readonly number[]): string[] => {
  return ["--seed", String(seed), "--flowers", String(flowers), "--bees", String(bees), "--nectar", String(nectar)]
}

describe("the article's world", () => {
  it.for(golden)("prints the bytes that Stackless prints: $path", sideBySide, async ({ path, world }, { expect }) => {
    expect(await finished(...flagsOf(world), "--quiet")).toEqual({ code: 0, signal: null, stdout: read(path), stderr: "" })
  })

  it("agrees with the reference of these tests where Stackless' output is known", () => {
    expect(golden).toHaveLength(2)
    for (const { path, world } of golden) {
      const [seed = 0, flowers = 0, bees = 0, nectar = 0] = world
      expect(expectedTrace(seed, flowers, bees, nectar)).toBe(read(path))
    }
  })

  it.for([
    [1, 1, 1, 1],
    [7, 4, 9, 3],
    [0, 2, 3, 0],
    [5, 3, 0, 2],
    [2 ** 31 + 6, 5, 6, 7],
    [Number.MAX_SAFE_INTEGER, 6, 500, 40],
  ] as const)("prints what the reference says for seed %s, %s flowers, %s bees, %s nectar", sideBySide, async ([seed, flowers, bees, nectar], { expect }) => {
    const { code, stdout, stderr } = await finished(...flagsOf([seed, flowers, bees, nectar]), "--quiet")
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout === expectedTrace(seed, flowers, bees, nectar)).toBe(true)
  })

  it("is all that --quiet prints, also with faults", aMinute, async () => {
    expect(await finished("--quiet", "--faults", "10")).toEqual({ code: 0, signal: null, stdout: expectedTrace(1, 5, 5, 5), stderr: "" })
  })

  it("has seed 1 and five of everything unless told otherwise", aMinute, async () => {
    expect((await finished("--quiet")).stdout).toBe(expectedTrace(1, 5, 5, 5))
  })

  it("ends quietly when nobody reads on", aMinute, async () => {
    const { child, ended, printed } = program("--bees", "100000", "--nectar", "100")
    await printed("stdout", /listening/)
    child.stdout?.destroy()
    expect(await ended).toMatchObject({ code: 0, stderr: "" })
  })

  it("stops on SIGTERM with a summary that keeps out of its output", aMinute, async () => {
    const { child, ended, printed } = program("--quiet", "--bees", "1000", "--nectar", "1000000")
    await printed("stdout", /I now have 1 nectar/)
    child.kill("SIGTERM")
    const { code, stderr, stdout } = await ended
    expect({ code, stderr }).toEqual({ code: 143, stderr: expect.stringMatching(/^Stopped by SIGTERM in the article's world after [\d,]+ visits\.\n$/) as string })
    expect(stdout.endsWith("\n")).toBe(true)
    expect(stdout).not.toContain("Stopped")
  })
})

describe("the meadow", () => {
  it("follows with its table and five lines of the deadlock report", aMinute, async () => {
    const { code, stdout } = await finished("--meadow-bees", "300", "--meadow-flowers", "10", "--meadow-nectar", "20", "--faults", "0")
    expect(code).toBe(0)
    expect(stdout.startsWith(`${expectedTrace(1, 5, 5, 5)}\nThe meadow: 300 bees, 10 flowers, 20 visits a bee.\n`)).toBe(true)
    expect(stdout).toMatch(/^ {2}visits +6,000 {2}of 6,000$/m)
    for (const row of ["visits per second", "bytes per tasklet", "switches"]) expect(stdout).toMatch(new RegExp(`^ {2}${row} +[1-9][\\d,]* `, "m"))
    const deadlock = stdout.slice(stdout.indexOf("Deadlock: "), stdout.indexOf("\nThe living meadow: ")).split("\n")
    expect(deadlock.slice(1)).toEqual([
      ...[0, 1, 2, 3].map((id) => `  flower ${id} (#${id + 1}) waits for receive on channel "flower ${id}"`),
      expect.stringMatching(/^ {2}… and 7 more$/),
      "",
    ])
  })

  it("stops on SIGINT with a summary of what was done", aMinute, async () => {
    const { child, ended, printed } = program("--meadow-bees", "300", "--meadow-flowers", "10", "--meadow-nectar", "1000000")
    await printed("stderr", /of 300,000,000 visits, /)
    child.kill("SIGINT")
    const { code, signal, stderr, stdout } = await ended
    expect({ code, signal }).toEqual({ code: 130, signal: null })
    expect(stdout).toMatch(/^Stopped by SIGINT after [\d.]+ s: 0 of 300 bees came home with their nectar\.$/m)
    expect(stdout).toMatch(/^ {2}visits +[1-9][\d,]* {2}of 300,000,000$/m)
    expect(stdout + stderr).not.toMatch(/Deadlock|^ {4}at /m)
    // No terminal, no bar.
    expect(stderr).not.toContain("\r")
  })
})

describe("the command line", () => {
  it.for(["--help", "-h"])("explains itself with %s", sideBySide, async (flag, { expect }) => {
    const { code, stderr, stdout } = await finished("--seed", "1", flag)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    for (const name of ["seed", "flowers", "bees", "nectar", "meadow-bees", "meadow-flowers", "meadow-nectar", "faults", "quiet", "help"]) {
      expect(stdout).toContain(`--${name}`)
    }
    expect(stdout).toContain("a second\none ends the program at once")
    expect(stdout).toContain("the flags that are for them are ignored")
  })

  it.for([
    { args: ["--pollen"], problem: 'Unknown flag "--pollen". Allowed are --seed, --flowers, --bees, --nectar' },
    { args: ["--flowers", "0", "--quiet"], problem: '--flowers must be an integer from 1 to 1000000, got "0".' },
  ])("ends with 2 for $args", sideBySide, async ({ args, problem }, { expect }) => {
    const { code, stderr, stdout } = await finished(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toContain(problem)
  })

  it.for([
    { args: ["--seed"], problem: "--seed needs a value: an integer from 0 to 9007199254740991." },
    { args: ["--seed", "--quiet"], problem: "--seed needs a value" },
    { args: ["--seed="], problem: 'got "".' },
    { args: ["--seed", "9007199254740992"], problem: 'got "9007199254740992".' },
    { args: ["--bees", "-1"], problem: '--bees must be an integer from 0 to 1000000, got "-1".' },
    { args: ["--bees", "1000001"], problem: 'got "1000001".' },
    { args: ["--bees", "9".repeat(400)], problem: `got "${"9".repeat(40)}…".` },
    { args: ["--nectar", "1.5"], problem: 'got "1.5".' },
    { args: ["--nectar", "NaN"], problem: 'got "NaN".' },
    { args: ["--nectar", "1e3"], problem: 'got "1e3".' },
    { args: ["--nectar", "five"], problem: 'got "five".' },
    { args: ["--meadow-bees", "0"], problem: "--meadow-bees must be an integer from 1 to 1000000" },
    { args: ["--meadow-flowers", "0"], problem: "--meadow-flowers must be an integer from 1 to 1000000" },
    { args: ["--faults", "-1"], problem: '--faults must be an integer from 0 to 100000, got "-1".' },
    { args: ["--faults", "100001"], problem: 'got "100001".' },
    { args: ["--faults", "many"], problem: 'got "many".' },
    { args: ["--faults"], problem: "--faults needs a value: an integer from 0 to 100000." },
    { args: ["--quiet=yes"], problem: '--quiet takes no value, got "yes".' },
    { args: ["--no-quiet"], problem: 'Unknown flag "--no-quiet".' },
    { args: ["-q"], problem: 'Unknown flag "-q".' },
    { args: ["bee"], problem: 'This program takes flags only, got "bee".' },
    { args: ["--seed", "1", "--", "bee"], problem: "This program takes flags only" },
  ])("refuses $args", ({ args, problem }) => {
    expect(readCommand(args)).toEqual({ kind: "refused", text: expect.stringContaining(problem) as string })
  })

  it("takes values behind a space or an equals sign, the last of several, and two dashes before all", () => {
    const article = { seed: 3, flowers: 2, bees: 7, nectar: 0 }
    const args = ["--", "--seed=3", "--flowers", "2", "--bees", "1", "--bees", "7", "--nectar=0", "--quiet"]
    expect(readCommand(args)).toEqual({ kind: "run", article, meadow: undefined, hive: undefined })
  })
})

describe("the progress", () => {
  const shown = (stream: { isTTY?: boolean; columns?: number }, terminal?: string): string[] => {
    const texts: string[] = []
    const progress = progressOn({ ...stream, write: (text: string) => texts.push(text) }, 1000, terminal)
    for (const tenth of [1, 2, 12]) progress.show(tenth * 80, tenth / 10)
    progress.end()
    return texts
  }

  it("redraws one line of a terminal, that never wraps, and clears it in the end", () => {
    for (const columns of [80, 40, 20]) {
      const texts = shown({ isTTY: true, columns }, "xterm")
      expect(texts).toHaveLength(4)
      // oxlint-disable-next-line no-control-regex
      for (const text of texts) expect(text).toMatch(/^\r[^\r\n\u001B]*\u001B\[K$/)
      for (const text of texts) expect(text.length).toBeLessThan(columns + "\r\u001B[K".length)
      expect(texts.at(-1)).toBe("\r\u001B[K")
    }
    expect(shown({ isTTY: true, columns: 80 }, "xterm")[2]).toContain("#..] 96 %  960 of 1,000 visits, 1.2 s")
  })

  it.for([{ isTTY: false }, {}, { isTTY: true, terminal: "dumb" }])("writes a plain line a second elsewhere: %s", ({ isTTY, terminal }) => {
    const texts = shown(isTTY === undefined ? {} : { isTTY }, terminal)
    expect(texts).toEqual(["80 of 1,000 visits, 0.1 s\n", "960 of 1,000 visits, 1.2 s\n"])
  })
})
