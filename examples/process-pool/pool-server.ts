/** The server of a pool: hands out the places, and keeps those who wait for one. */
import { Actor, type Later, named, type Process, type Ref } from "@vivarium/actors"
import type { Routine } from "@vivarium/core"
import { DynamicSupervisor, SupervisorError, type TemplateSupervisorRef } from "@vivarium/supervision"

/** What a worker is given. */
export type Job = readonly unknown[]

/** What a worker does: the body of its process. */
export type Work<J extends Job> = (self: Process, ...job: J) => unknown

export type Worker = Ref<unknown>

interface Waiting<J> {
  readonly job: J
  /** Of a caller who waits for a place; undefined if nobody does. */
  readonly caller: Later<Worker> | undefined
}

export class PoolServer<J extends Job> extends Actor {
  #workers!: TemplateSupervisorRef<Worker>
  #queue: Waiting<J>[] = []

  /** What the server needs is there before it, so it can be sure of it: if it is not, the pool does not start. */
  init(workers: string) {
    this.#workers = named(DynamicSupervisor<Worker>, workers)
    if (!this.#workers.alive) throw new Error(`nobody is called "${workers}"`)
  }

  /** Starts a job if there is a place for it: gives the worker, or undefined. Those who wait come first. */
  *run(...job: J): Routine<Worker | undefined> {
    return this.waiting() > 0 ? undefined : yield* this.#start(job)
  }

  /** Starts a job when there is a place for it, and gives the worker then. Who gives up waiting takes no place. */
  *runSync(...job: J) {
    const worker = yield* this.run(...job)
    if (worker !== undefined) return worker
    const caller = this.replyLater<Worker>()
    this.#queue.push({ job, caller })
    return caller
  }

  /** Starts a job when there is a place for it. Nobody waits for that. */
  *runAsync(...job: J) {
    const worker = yield* this.run(...job)
    if (worker === undefined) this.#queue.push({ job, caller: undefined })
  }

  /** How many wait for a place. */
  waiting(): number {
    this.#queue = this.#queue.filter(isWanted)
    return this.#queue.length
  }

  /** A worker has ended, well or not: its place is free. */
  *down() {
    while (this.waiting() > 0) {
      const { caller, job } = this.#queue[0] as Waiting<J>
      const worker = yield* this.#start(job)
      if (worker === undefined) return
      this.#queue.shift()
      caller?.reply(worker)
    }
  }

  /** The supervisor of the workers alone counts them, so there are never two opinions on how many there are. */
  *#start(job: J): Routine<Worker | undefined> {
    try {
      const worker = yield* this.#workers.startChild(...job)
      this.monitor(worker)
      return worker
    } catch (error) {
      if (error instanceof SupervisorError && error.code === "max_children") return undefined
      throw error
    }
  }
}

function isWanted<J>({ caller }: Waiting<J>): boolean {
  return caller === undefined || caller.open
}
