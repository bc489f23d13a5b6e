/** A process that explores what it is given, one job after another, until it is let go. */
import { explore, ExplorationError } from "@vivarium/testkit"
import { scenariosByLabel } from "./all.ts"
import type { Job, Outcome } from "./job.ts"
import { optionsFor } from "./levels.ts"

async function done(job: Job): Promise<Outcome> {
  const one = scenariosByLabel.get(job.label)
  if (one === undefined) throw new Error(`there is no scenario "${job.label}"`)
  const begin = performance.now()
  try {
    const result = await explore(one.scenario, optionsFor(one, job.exploration))
    return { job, ms: performance.now() - begin, result }
  } catch (error) {
    const report = error instanceof ExplorationError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { job, ms: performance.now() - begin, report }
  }
}

process.on("message", (job: Job) => {
  void done(job).then((outcome) => process.send?.(outcome))
})
