/** Worker processes, which share the jobs: whoever is free takes the next one. */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Job, Outcome } from "./job.ts"

export class Crew {
  private readonly workers: readonly ChildProcess[]

  constructor(size: number) {
    const path = fileURLToPath(new URL("worker.ts", import.meta.url))
    this.workers = Array.from({ length: size }, () => fork(path, { execArgv: ["--conditions=@vivarium/source"] }))
  }

  /** Does them all, and tells of each when it is done. */
  async work(jobs: readonly Job[], tell: (outcome: Outcome) => void): Promise<void> {
    const left = [...jobs]
    await Promise.all(
      this.workers.map(async (worker) => {
        for (let job = left.shift(); job !== undefined; job = isThere(worker) ? left.shift() : undefined) tell(await give(worker, job))
      }),
    )
    const next = left.shift()
    if (next !== undefined) tell({ job: next, ms: 0, report: `this and ${left.length} other explorations were not run: no worker process is left` })
  }

  dismiss(): void {
    for (const worker of this.workers) if (worker.connected) worker.disconnect()
  }
}

function isThere({ connected, exitCode }: ChildProcess): boolean {
  return connected && exitCode === null
}

function give(worker: ChildProcess, job: Job): Promise<Outcome> {
  return new Promise((resolve) => {
    const finish = (outcome: Outcome): void => {
      worker.off("message", finish)
      worker.off("exit", lost)
      resolve(outcome)
    }
    const lost = (code: number | null): void => finish({ job, ms: 0, report: `the worker process ended in the middle of it${code === null ? "" : `, with code ${code}`}` })
    worker.on("message", finish)
    worker.on("exit", lost)
    if (worker.connected) worker.send(job)
    else lost(worker.exitCode)
  })
}
