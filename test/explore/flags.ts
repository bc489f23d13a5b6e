/** The flags of `pnpm explore`. */
import { parseArgs } from "node:util"
import type { LevelName } from "./levels.ts"

export const HELP = `explore: every scenario of test/explore, under many schedules

  (no flag)      the full level: delay bound 2 exhausted, PCT of depth 3 with 2,000 schedules, a million schedules in all
  --quick        what the tests run: delay bound 1 exhausted, 50 random schedules
  --long         delay bound 3 exhausted, PCT of depth 3 with 200,000 schedules
  --only TEXT    only scenarios whose area or name contains this text; may be given several times
  --jobs N       how many worker processes share the work, 1 to 64; default 2
  --list         names the scenarios, and runs none
  --help         this text
`

/** A flag that cannot be meant. */
export class UsageError extends Error {}

export interface Flags {
  readonly level: LevelName
  readonly only: readonly string[]
  readonly jobs: number
  readonly list: boolean
  readonly help: boolean
}

export function readFlags(args: readonly string[]): Flags {
  const { help = false, jobs = "2", list = false, long = false, only = [], quick = false } = parsed(args)
  if (quick && long) throw new UsageError("--quick and --long are two levels: give one of them, or none for the full level.")
  if (!/^\d+$/.test(jobs) || Number(jobs) < 1 || Number(jobs) > 64) throw new UsageError(`--jobs must be an integer from 1 to 64, not "${jobs}".`)
  if (only.includes("")) throw new UsageError("--only needs a part of a name, not an empty text; --list names all scenarios.")
  return { level: quick ? "quick" : long ? "long" : "full", only, jobs: Number(jobs), list, help }
}

const OPTIONS = {
  help: { type: "boolean" },
  jobs: { type: "string" },
  list: { type: "boolean" },
  long: { type: "boolean" },
  only: { type: "string", multiple: true },
  quick: { type: "boolean" },
} as const

function parsed(args: readonly string[]) {
  try {
    // pnpm hands a `--` on as it is.
    return parseArgs({ args: args.filter((one) => one !== "--"), options: OPTIONS }).values
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message)
    throw error
  }
}

/** Which of the labels are meant. */
export function chosen(labels: readonly string[], only: readonly string[]): string[] {
  for (const text of only) {
    if (!labels.some((label) => label.includes(text))) throw new UsageError(`--only "${text}": no scenario is called so. explore --list names them all.`)
  }
  return only.length === 0 ? [...labels] : labels.filter((label) => only.some((text) => label.includes(text)))
}
