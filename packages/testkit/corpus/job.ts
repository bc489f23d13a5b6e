/** One process of the corpus: a mutant in its scenario, or a scenario without any. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Searched } from "./search.ts"

/** What is to be searched. */
export interface Job {
  /** The id of a mutant, or `none`. */
  readonly id: string
  readonly scenario: string
}

/** What came of it; a process that breaks down, or hangs, has found nothing. */
export interface Outcome {
  readonly job: Job
  readonly searched: readonly Searched[]
  readonly trouble: string
}

/** How long a process may take to begin and to end, beside its searches. */
const SPARE_MS = 30_000
const WAYS = 4

const plantPath = fileURLToPath(new URL("plant.ts", import.meta.url))
const runPath = fileURLToPath(new URL("run.ts", import.meta.url))

function run(job: Job, seconds: number): Promise<Outcome> {
  const { id, scenario } = job
  const args = ["--conditions=@vivarium/source", "--import", plantPath, runPath, id, ...(id === "none" ? [scenario] : []), "--seconds", String(seconds)]
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], timeout: seconds * WAYS * 1000 + SPARE_MS })
    let printed = ""
    let trouble = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (printed += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (trouble += text))
    child.on("close", (code) => {
      if (code === 0 && printed !== "") resolve({ job, searched: JSON.parse(printed) as readonly Searched[], trouble: "" })
      else resolve({ job, searched: [], trouble: code === null ? "it did not come to its end, and was stopped" : trouble })
    })
  })
}

/** Runs many, so many at a time, and tells of each when it is done. */
export async function runAll(jobs: readonly Job[], atOnce: number, seconds: number, tell: (outcome: Outcome) => void): Promise<void> {
  const left = [...jobs]
  const lane = async (): Promise<void> => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) tell(await run(job, seconds))
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}
