/** `pnpm corpus`: plants each bug, has all strategies look for it, and prints who finds it. */
import { parseArgs } from "node:util"
import { type Job, type Outcome, runAll } from "./job.ts"
import { mutants } from "./mutants.ts"
import { asMarkdown, asText, fastest, type Row, summaryOf } from "./table.ts"

const HELP = `corpus: bugs planted into our own packages, each in a process of its own, and who finds them

  (no flag)      all bugs, and all their scenarios without any
  --only ID      only this bug; may be given several times
  --seconds N    how long a strategy may look for one bug; default 60
  --jobs N       how many processes at a time, 1 to 64; default 2
  --markdown     prints the table in Markdown
  --help         this text

Ends with 1 if a bug is not found by any strategy, or a scenario fails without one.
`

/** A flag that cannot be meant. */
class UsageError extends Error {}

const OPTIONS = { only: { type: "string", multiple: true }, seconds: { type: "string" }, jobs: { type: "string" }, markdown: { type: "boolean" }, help: { type: "boolean" } } as const

function readFlags() {
  try {
    // pnpm hands a "--" on as it is.
    const { values } = parseArgs({ args: process.argv.slice(2).filter((one) => one !== "--"), options: OPTIONS })
    const { help = false, jobs = "2", markdown = false, only = [], seconds = "60" } = values
    const chosen = only.length === 0 ? mutants : only.map(mutantOf)
    return { help, markdown, chosen, jobs: numberOf("--jobs", jobs, 64), seconds: numberOf("--seconds", seconds, 3600) }
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error
  }
}

function mutantOf(id: string) {
  const found = mutants.find((mutant) => mutant.id === id)
  if (found === undefined) throw new UsageError(`--only ${JSON.stringify(id)}: there is no such bug. They are ${mutants.map((mutant) => mutant.id).join(", ")}.`)
  return found
}

function numberOf(flag: string, given: string, most: number): number {
  const number = Number(given)
  if (!Number.isInteger(number) || number < 1 || number > most) throw new UsageError(`${flag} must be a whole number from 1 to ${most}, not ${JSON.stringify(given)}.`)
  return number
}

async function searchAll(): Promise<number> {
  const { chosen, help, jobs, markdown, seconds } = readFlags()
  if (help) {
    process.stdout.write(HELP)
    return 0
  }
  const clean = [...new Set(chosen.map(({ scenario }) => scenario))].map((scenario): Job => ({ id: "none", scenario }))
  const planted = chosen.map(({ id, scenario }): Job => ({ id, scenario }))
  const outcomes = new Map<Job, Outcome>()
  await runAll([...clean, ...planted], jobs, seconds, (outcome) => void outcomes.set(outcome.job, outcome))
  const complaints = [...outcomes.values()].flatMap(complaintsOf)
  const rows = planted.map((job, index): Row => ({ mutant: chosen[index] as Row["mutant"], searched: outcomes.get(job)?.searched ?? [] }))
  process.stdout.write(`${markdown ? asMarkdown(rows) : asText(rows)}\n${summaryOf(rows)}`)
  for (const complaint of complaints) process.stdout.write(`${complaint}\n`)
  return complaints.length === 0 && rows.every((row) => fastest(row) !== undefined) ? 0 : 1
}

/** A process that broke down; a scenario that fails without any bug, which proves nothing then. */
function complaintsOf({ job, searched, trouble }: Outcome): string[] {
  const where = job.id === "none" ? `scenario ${job.scenario}, without any bug` : job.id
  if (trouble !== "") return [`FAILED: ${where}: ${trouble}`]
  if (job.id !== "none") return []
  return searched.flatMap(({ finding, way }) => (finding === null ? [] : [`FAILED: ${where}, by ${way}: ${finding.text}`]))
}

try {
  process.exitCode = await searchAll()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\ncorpus --help explains all flags.\n`)
  process.exitCode = 2
}
