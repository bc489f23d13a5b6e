/**
 * The ledger: all that must not be lost, and nothing else. It is the kernel of the queue: it waits for nobody, works nothing out and trusts nobody, so there is hardly
 * anything in it that could fail. Whatever may fail stands behind it, and asks it after a restart how things are. One for real writes to a disk, too.
 */
import { Actor } from "@vivarium/actors"

export interface Job {
  /** Unique: adding a job twice is adding it once. */
  readonly id: string
  readonly amount: number
}

/** What is known of a job. */
export interface Entry {
  readonly job: Job
  readonly state: "waiting" | "working" | "done" | "dead"
  /** How often it was begun. */
  readonly attempts: number
  /** Why it has failed. */
  readonly failures: readonly string[]
  /** How often it was in work when the queue crashed: nobody knows how far it came. */
  readonly cutShort: number
  /** What has come of it, once it is done. */
  readonly result: number
}

const NEW = { state: "waiting", attempts: 0, failures: [], cutShort: 0, result: 0 } as const

export class Ledger extends Actor {
  readonly #entries = new Map<string, Entry>()

  /** Says whether the job is new. */
  add(job: Job): boolean {
    if (this.#entries.has(job.id)) return false
    this.#entries.set(job.id, { ...NEW, job })
    return true
  }

  begin(id: string) {
    this.#change(id, (entry) => ({ state: "working", attempts: entry.attempts + 1 }))
  }

  done(id: string, result: number) {
    this.#change(id, () => ({ state: "done", result }))
  }

  /** Gives what is known of the job now. */
  failed(id: string, why: string): Entry {
    return this.#change(id, (entry) => ({ state: "waiting", failures: [...entry.failures, why] }))
  }

  /** Nobody tries this job again: it is a dead letter. */
  bury(id: string) {
    this.#change(id, () => ({ state: "dead" }))
  }

  /** For a queue that has just started: gives the jobs that are not settled. What was in work is waiting now, and marked. */
  recover(): readonly Entry[] {
    for (const { cutShort, job, state } of this.entries()) {
      if (state === "working") this.#change(job.id, () => ({ state: "waiting", cutShort: cutShort + 1 }))
    }
    return this.entries().filter(({ state }) => state === "waiting")
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()]
  }

  #change(id: string, change: (entry: Entry) => Partial<Entry>): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new Error(`there is no job ${id}`)
    const changed = { ...entry, ...change(entry) }
    this.#entries.set(id, changed)
    return changed
  }
}
