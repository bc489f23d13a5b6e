/**
 * Collections of requests: whichever answers first is taken first.
 *
 * Invariants:
 * 1. A request stands in `labels` until its answer is given; in `answered` as well once that has come, in the order of coming.
 * 2. Nobody waits while `answered` is not empty, or no request is left.
 */
import { InvalidArgumentError, type Operation, type RunLoop, TimeoutError } from "@vivarium/core"
import { cancelTimer, checkOptions, type Entry, Offer, readFlag, startTimer, taskletOfNode, type Timer, wake, type WaitNode, WaitQueue, wakeWithError } from "@vivarium/core/lowlevel"
import type { Answer } from "./answer.ts"
import { Pending } from "./pending.ts"
import { checkTimeout } from "./time-out.ts"

/** One request that has come to its end: with its answer, or with the error that waiting for it would raise. */
export type CollectedAnswer<L, T> = { readonly kind: "ok"; readonly label: L; readonly value: T } | { readonly kind: "failed"; readonly label: L; readonly error: unknown }

/** Options of `next()`. */
export interface NextAnswerOptions {
  /** How long to wait, in milliseconds. Default Infinity: each request has a limit of its own. */
  readonly timeoutMs?: number | undefined
  /** Whether the requests stay open when the time is up. Default false: all are abandoned. */
  readonly keep?: boolean | undefined
}

/**
 * Requests whose answers are taken in the order in which they come, each with a label that says which it is. Erlang: the request id collections of
 * `gen_server`, `reqids_new` and others.
 *
 * @example
 * ```ts
 * import { main, sleep } from "@vivarium/core"
 * import { Actor, RequestCollection, System } from "@vivarium/actors"
 *
 * class Flower extends Actor {
 *   *nectar(ms: number) {
 *     yield* sleep(ms)
 *     return ms / 10
 *   }
 * }
 * await using system = new System()
 * await main(function* () {
 *   const requests = new RequestCollection<string, number>()
 *   requests.add(system.spawn(Flower).request.nectar(20), "rose")
 *   requests.add(system.spawn(Flower).request.nectar(10), "lily")
 *   for (let one = yield* requests.next(); one !== undefined; one = yield* requests.next()) {
 *     console.log(one.label, one.kind === "ok" ? one.value : one.error)
 *   }
 * })
 * // prints: lily 1
 * // prints: rose 2
 * ```
 */
export class RequestCollection<L, T = unknown> {
  private readonly labels = new Map<Pending<T>, L>()
  private readonly answered: Pending<T>[] = []
  private readonly waiting = new WaitQueue()

  /** Adds a request; its label is given back with its answer. A request can stand in it once, and in several collections. */
  add(pending: Pending<T>, label: L): this {
    if (!(pending instanceof Pending)) throw new InvalidArgumentError("pending", pending, "a request that has been sent", 'right: requests.add(counter.request.increment(), "counter")')
    if (this.labels.has(pending)) throw new InvalidArgumentError("pending", pending, "a request that this collection does not have yet")
    const loop = this.loop
    if (loop !== null && pending.owner !== null && pending.owner !== loop) throw new InvalidArgumentError("pending", pending, "a request to a process of the same scheduler as the others")
    this.labels.set(pending, label)
    if (pending.settled) this.arrived(pending as Answer<unknown>)
    else pending.listen(this)
    return this
  }

  /** How many requests it has: those whose answers have not been taken. */
  get size(): number {
    return this.labels.size
  }

  /**
   * The next answer, in the order in which they come; undefined if no request is left. The request is then no more in the collection. Raises
   * TimeoutError when the time is up: all requests are abandoned, unless they are kept.
   */
  next(options: NextAnswerOptions = {}): Operation<CollectedAnswer<L, T> | undefined> {
    checkOptions("options", options, ["timeoutMs", "keep"], "requests.next({ timeoutMs: 1000, keep: true })")
    const { timeoutMs = Infinity } = options
    checkTimeout("timeoutMs", timeoutMs, "requests.next({ timeoutMs: 1000 })")
    return new NextAnswer(this, timeoutMs, readFlag("keep", options.keep))
  }

  /** Gives all requests up, and says how many; who waits is told that none is left. */
  abandon(): number {
    const all = [...this.labels.keys()]
    this.labels.clear()
    this.answered.length = 0
    for (const pending of all) {
      pending.unlisten(this)
      pending.abandon()
    }
    this.tellEmpty()
    return all.length
  }

  /** @internal An answer has come. */
  arrived(answer: Answer<unknown>): void {
    const pending = answer as unknown as Pending<T>
    const node = this.waiting.shift()
    if (node === null) {
      let at = this.answered.length
      while (at > 0 && (this.answered[at - 1] as Pending<T>).arrival > pending.arrival) at--
      void this.answered.splice(at, 0, pending)
      return
    }
    ;(node.value as Timekeeper | undefined)?.stop()
    wake(node, this.takeOut(pending))
    if (this.labels.size === 0) this.tellEmpty()
  }

  /** @internal */
  get loop(): RunLoop | null {
    for (const { owner } of this.labels.keys()) if (owner !== null) return owner
    return null
  }

  /** @internal Whether there is something to be given: an answer, or that there will be none. */
  get ready(): boolean {
    return this.answered.length > 0 || this.labels.size === 0
  }

  /** @internal */
  take(): Taken<L, T> | undefined {
    const pending = this.answered.shift()
    if (pending === undefined) return undefined
    const taken = this.takeOut(pending)
    if (this.labels.size === 0) this.tellEmpty()
    return taken
  }

  /** @internal It was given to somebody who will never take it. */
  putBack({ label, pending }: Taken<L, T>): void {
    this.labels.set(pending, label)
    this.arrived(pending as Answer<unknown>)
  }

  /** @internal */
  park(node: WaitNode, timekeeper: Timekeeper | undefined): void {
    node.value = timekeeper
    this.waiting.push(node)
  }

  /** @internal */
  unpark(node: WaitNode): void {
    this.waiting.remove(node)
    ;(node.value as Timekeeper | undefined)?.stop()
  }

  private takeOut(pending: Pending<T>): Taken<L, T> {
    const label = this.labels.get(pending) as L
    this.labels.delete(pending)
    return { pending, label }
  }

  private tellEmpty(): void {
    for (let node = this.waiting.shift(); node !== null; node = this.waiting.shift()) {
      ;(node.value as Timekeeper | undefined)?.stop()
      wake(node, undefined)
    }
  }
}

interface Taken<L, T> {
  readonly pending: Pending<T>
  readonly label: L
}

/** Ends the wait of a node when its time is up. */
class Timekeeper implements Entry {
  private readonly loop: RunLoop
  private readonly timer: Timer
  private readonly late: () => void

  constructor(loop: RunLoop, ms: number, late: () => void) {
    this.loop = loop
    this.late = late
    this.timer = startTimer(loop, loop.clock.now() + ms, this)
  }

  enter(): void {
    this.late()
  }

  stop(): void {
    cancelTimer(this.loop, this.timer)
  }
}

class NextAnswer<L, T> extends Offer<CollectedAnswer<L, T> | undefined> {
  private readonly requests: RequestCollection<L, T>
  private readonly timeoutMs: number
  private readonly keep: boolean

  constructor(requests: RequestCollection<L, T>, timeoutMs: number, keep: boolean) {
    super()
    this.requests = requests
    this.timeoutMs = timeoutMs
    this.keep = keep
  }

  override get owner(): RunLoop | null {
    return this.requests.loop
  }

  ready(): boolean {
    return this.requests.ready
  }

  take(): CollectedAnswer<L, T> | undefined {
    return this.outcome(this.requests.take())
  }

  park(node: WaitNode): void {
    const { requests, timeoutMs } = this
    const late = (): void => {
      requests.unpark(node)
      const error = new TimeoutError(timeoutMs, this.describe())
      if (!this.keep) requests.abandon()
      wakeWithError(node, error)
    }
    requests.park(node, timeoutMs === Infinity ? undefined : new Timekeeper(taskletOfNode(node).scheduler, timeoutMs, late))
  }

  unpark(node: WaitNode): void {
    this.requests.unpark(node)
  }

  override outcome(brought: unknown): CollectedAnswer<L, T> | undefined {
    if (brought === undefined) return undefined
    const { label, pending } = brought as Taken<L, T>
    try {
      return { kind: "ok", label, value: pending.take() }
    } catch (error) {
      return { kind: "failed", label, error }
    }
  }

  override undo(brought: unknown, failed: boolean): void {
    if (!failed && brought !== undefined) this.requests.putBack(brought as Taken<L, T>)
  }

  describe(): string {
    return `the next answer of ${this.requests.size} requests`
  }
}
