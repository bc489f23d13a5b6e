// The programs are really run, each in a process of its own: that is why tests here are slow.
import { describe, expect, it } from "vitest"
import { read } from "../repository/files.ts"
import { type Ending, type Program, start } from "./program.ts"
import { runExample } from "./story.ts"

const { scripts } = JSON.parse(read("package.json")) as { scripts: { start: string } }
const program = (...args: string[]): Program => start(scripts.start, args)
const finished = (...args: string[]): Promise<Ending> => program(...args).ended
const aMinute = { timeout: 60_000 }

const small = ["--meadow-bees", "3000", "--meadow-flowers", "10", "--meadow-nectar", "20", "--faults", "0"]
/** The living meadow's part of what `start` prints, without what is measured. */
const living = ({ stderr, stdout }: Ending): string => {
  const place = stdout.indexOf("The living meadow: ")
  if (place < 0) throw new Error(`there was no living meadow: ${stdout}${stderr}`)
  const next = stdout.indexOf("\nThe supervised meadow: ")
  return stdout
    .slice(place, next < 0 ? undefined : next)
    .replace(/after [\d.]+ s/, "after a while")
    .replaceAll(/ +/g, " ")
    .replaceAll(/(per second|per actor) [1-9][\d,]*/g, "$1 many")
}

describe("the living meadow", () => {
  it("follows the meadow of tasklets, with calls per second, bytes per actor and the crashes that it contained", aMinute, async () => {
    const ending = await finished(...small)
    expect(ending.code).toBe(0)
    expect(ending.stdout.indexOf("Deadlock: ")).toBeLessThan(ending.stdout.indexOf("The living meadow: "))
    const text = living(ending)
    expect(text).toMatch(/^The living meadow: 3,000 bees and 10 flowers are actors now, 20 calls a bee\.\nThe day is over after a while: 2,99\d of 3,000 bees came home/)
    for (const row of [/visits 59,\d{3} of 60,000, a call each/, /calls per second many while/, /bytes per actor many heap growth while 3,010 were/, /crashes contained [1-9] one bee/]) {
      expect(text).toMatch(row)
    }
    expect(text).toMatch(/\nBee #\d+ crashed in forage\(\): Error: fell ill\n arguments: 20\n state: \{ nectar: \d+ \}\n$/)
  })

  it("is the same for the same seed, but for what is measured", aMinute, async () => {
    const [one, two, other] = await Promise.all([finished(...small), finished(...small), finished(...small, "--seed", "2")])
    expect(living(one)).toBe(living(two))
    expect(living(one)).not.toBe(living(other))
  })

  it("counts every bee that is not at home as a crash, and loses nobody else", aMinute, async () => {
    const { stdout } = await finished(...small)
    const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1]?.replaceAll(",", ""))
    const home = number(/: ([\d,]+) of 3,000 bees came home with their nectar\.\n\n {2}visits +[\d,]+ {2}of 60,000, a call/)
    const crashes = number(/crashes contained +([\d,]+)/)
    expect(home + crashes).toBe(3000)
    expect(number(/([\d,]+) actors lived on/)).toBe(3010 - crashes)
  })

  it("stops on SIGINT with a summary of what was done", aMinute, async () => {
    const { child, ended, printed } = program("--meadow-bees", "300", "--meadow-flowers", "10", "--meadow-nectar", "10000")
    await printed("stdout", /The living meadow: /)
    child.kill("SIGINT")
    const { code, signal, stderr, stdout } = await ended
    expect({ code, signal }).toEqual({ code: 130, signal: null })
    expect(stdout).toMatch(/^Stopped by SIGINT after [\d.]+ s: 0 of 300 bees came home with their nectar\.$/m)
    expect(stdout).toMatch(/^ {2}visits +[\d,]+ {2}of 3,000,000, a call each$/m)
    expect(stdout + stderr).not.toMatch(/^ {4}at /m)
  })

  it("runs by itself", aMinute, async () => {
    const ending = await runExample("meadow")
    expect(ending.code).toBe(0)
    expect(living(ending)).toContain("The living meadow: 10,000 bees and 300 flowers are actors now, 50 calls a bee.")
    expect(ending.stdout).toMatch(/crashes contained +9 /)
  })
})
