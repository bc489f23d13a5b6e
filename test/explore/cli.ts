/** `pnpm explore`: all scenarios of ours, at a level. */
import { scenariosByLabel } from "./all.ts"
import { Crew } from "./crew.ts"
import { chosen, HELP, readFlags, UsageError } from "./flags.ts"
import type { Job, Outcome } from "./job.ts"
import { type Level, levels, type Size, topUp } from "./levels.ts"
import { Table } from "./table.ts"

async function exploreAll(labels: readonly string[], level: Level, jobs: number): Promise<number> {
  const begin = performance.now()
  const table = new Table(labels)
  const outcomes: Outcome[] = []
  const tell = (outcome: Outcome): void => {
    outcomes.push(outcome)
    process.stdout.write(table.add(outcome))
  }
  process.stdout.write(table.head)
  const crew = new Crew(jobs)
  await crew.work(labels.flatMap((label): Job[] => level.explorations.map((exploration) => ({ label, exploration }))), tell)
  const more = labels.length < scenariosByLabel.size || table.hasFailures ? undefined : topUp(level, labels.map((label) => sizeOf(label, outcomes)))
  if (more !== undefined) await crew.work(more.labels.map((label): Job => ({ label, exploration: more.exploration })), tell)
  crew.dismiss()
  process.stdout.write(table.end(outcomes.length, labels.length, performance.now() - begin))
  return table.hasFailures ? 1 : 0
}

function sizeOf(label: string, outcomes: readonly Outcome[]): Size {
  const results = outcomes.flatMap(({ job, result }) => (job.label === label && result !== undefined ? [result] : []))
  const sum = (count: "schedules" | "switches"): number => results.reduce((total, result) => total + result[count], 0)
  return { label, promises: scenariosByLabel.get(label)?.options?.promises === true, schedules: sum("schedules"), switches: sum("switches") }
}

async function runCommand(args: readonly string[]): Promise<number> {
  const flags = readFlags(args)
  const labels = chosen([...scenariosByLabel.keys()], flags.only)
  if (!flags.help && !flags.list) return await exploreAll(labels, levels[flags.level], flags.jobs)
  process.stdout.write(flags.help ? HELP : labels.map((label) => `${label}\n`).join(""))
  return 0
}

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\nexplore --help explains all flags.\n`)
  process.exitCode = 2
}
