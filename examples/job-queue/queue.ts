/**
 * The queue: hands jobs to whoever asks for work, and decides what becomes of those that have failed. It knows of itself only what may be lost: who works at
 * what just now, and for what others wait. The rest is in the ledger, which is written before anything is done.
 */
import { Actor, CallError, type ExitReason, type Later, type Monitor, named, type Ref } from "@vivarium/actors"
import { type Routine, sleep } from "@vivarium/core"
import { type Entry, type Job, Ledger } from "./ledger.ts"

export interface Retries {
  /** After so many attempts a job is a dead letter. */
  readonly attempts: number
  /** How long a job rests after its first failure, in milliseconds; twice as long after each other one. */
  readonly restMs: number
}

export class Queue extends Actor {
  readonly #ledger = named(Ledger, "ledger")
  /** Jobs whose time has come. */
  readonly #due: Job[] = []
  /** Workers that have nothing to do. */
  #idle: { readonly worker: Ref<unknown>; readonly turn: Later<Job> }[] = []
  readonly #inWork = new Map<Ref<unknown>, { readonly job: Job; readonly monitor: Monitor }>()
  #retries!: Retries
  #tell!: (news: string) => void

  /** Begins where the last one has ended. Jobs that rested are due at once, for nobody remembers for how long. */
  *init(retries: Retries, tell: (news: string) => void) {
    this.#retries = retries
    this.#tell = tell
    const left = yield* this.#ledger.call.recover()
    const again = left.filter(({ cutShort }) => cutShort > 0)
    if (left.length > 0) tell(`the queue is back: ${left.length} jobs are left, ${again.length} were in work and are begun anew`)
    // Attempts are counted when they begin. So a job that takes the queue itself down, each time, is buried in the end, too.
    for (const entry of left) if (!(yield* this.#isBuried(entry))) this.#due.push(entry.job)
  }

  /** Once it has answered, the job is not lost any more. */
  *add(job: Job) {
    if (!(yield* this.#ledger.call.add(job))) return
    this.#due.push(job)
    yield* this.#handOut()
  }

  /** A worker asks for a job, and gets one when there is one. */
  *take() {
    if (this.sender === undefined) throw new Error("only a process can take a job: its end would not be seen")
    const turn = this.replyLater<Job>()
    this.#idle.push({ worker: this.sender, turn })
    yield* this.#handOut()
    return turn
  }

  /** A worker has done its job. */
  *done(result: number) {
    const job = this.#letGo(this.sender)
    if (job !== undefined) yield* this.#ledger.call.done(job.id, result)
  }

  /** A worker has ended, and with it has failed what it worked at. */
  *down(_monitor: Monitor, worker: Ref<unknown> | string, reason: ExitReason) {
    const job = this.#letGo(worker)
    if (job === undefined) return
    const entry = yield* this.#ledger.call.failed(job.id, reason.kind === "error" ? String(reason.error) : reason.kind)
    if (yield* this.#isBuried(entry)) return
    const restMs = this.#retries.restMs * 2 ** (entry.attempts - 1)
    this.#tell(`${job.id}: attempt ${entry.attempts} has failed; it rests for ${restMs} ms`)
    this.sendAfter(restMs, job)
  }

  /** A job has rested. */
  *info(job: Job) {
    this.#due.push(job)
    yield* this.#handOut()
  }

  *#handOut(): Routine {
    // A worker may have ended while it had nothing to do.
    this.#idle = this.#idle.filter(({ turn }) => turn.open)
    for (;;) {
      const job = this.#due[0]
      const free = this.#idle[0]
      if (job === undefined || free === undefined) return
      this.#due.shift()
      this.#idle.shift()
      yield* this.#ledger.call.begin(job.id)
      this.#inWork.set(free.worker, { job, monitor: this.monitor(free.worker) })
      free.turn.reply(job)
    }
  }

  /** What a worker worked at. */
  #letGo(worker: Ref<unknown> | string | undefined): Job | undefined {
    const work = this.#inWork.get(worker as Ref<unknown>)
    if (work === undefined) return undefined
    this.#inWork.delete(worker as Ref<unknown>)
    this.demonitor(work.monitor, { flush: true })
    return work.job
  }

  *#isBuried({ attempts, job }: Entry): Routine<boolean> {
    if (attempts < this.#retries.attempts) return false
    this.#tell(`${job.id}: begun ${attempts} times, now a dead letter`)
    yield* this.#ledger.call.bury(job.id)
    return true
  }
}

/** Adds a job, whatever happens to the queue meanwhile. If it ends before it has answered, nobody knows whether it has the job; asking again does no harm. */
export function* submit(queue: Ref<Queue>, job: Job): Routine {
  for (;;) {
    try {
      return yield* queue.call.add(job)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      yield* sleep(10)
    }
  }
}
