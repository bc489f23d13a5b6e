/**
 * Selective receive: takes the oldest message that fits, and leaves the others where they are, in order.
 *
 * What stands in the mailbox is scanned once, when the receive begins; while it waits only new messages are looked at, as they come. Calls and
 * casts are never looked at. A guard that raises fails the receive and takes nothing. Erlang: `receive … after … end`.
 */
import { brand } from "./brand.ts"
import { InvalidArgumentError, Operation, type Outcome, type RunLoop, select, sleep } from "@vivarium/core"
import { BLOCKED, finished, misuse, Offer, type OperationKind, realm, RUNNING, STARTED, SUSPEND, trapped, TRAPS, type WaitNode, wake, wrongScheduler } from "@vivarium/core/lowlevel"
import { type Cell, DEAD, EXITING, RAW, WATCHED } from "./cell.ts"
import { deadActor } from "./dead-actor.ts"
import { CAST, CALL, type Envelope, type EnvelopeList, TICK } from "./envelope.ts"
import { addReceiver, putBack, type Receiver, removeReceiver, takeFrom } from "./mailbox.ts"
import { messageOf, opened } from "./opened.ts"
import { tellIn } from "./watching.ts"
import { ASYNCHRONOUS, isStandardSchema, issuesOf, type StandardSchema } from "./protocol.ts"
import { checkTimeout } from "./time-out.ts"
import { waitFor } from "./waited.ts"

type Step<T> = IteratorResult<(typeof SUSPEND)["value"], T>

/** What decides whether a message is taken. */
export type Fits = (message: unknown) => boolean

/** Takes one envelope whose message fits. */
class Receive extends Offer<unknown> implements Receiver {
  declare readonly cell: Cell
  declare readonly fits: Fits | null

  constructor(cell: Cell, fits: Fits | null) {
    super()
    this.cell = cell
    this.fits = fits
  }

  override get owner(): RunLoop {
    return this.cell.loop
  }

  override next(value?: unknown): Step<unknown> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(this.outcome(value))
    }
    const { cell } = this
    if (tasklet.scheduler !== cell.loop) throw wrongScheduler(this.describe())
    const envelope = this.find()
    // A guard has ended who receives: nothing is taken.
    if ((tasklet.state as number) !== RUNNING) return SUSPEND
    if (envelope !== null) {
      takeFrom(cell, envelope)
      const { world } = cell
      if (--world.receivesLeft > 0 || (tasklet.flags & TRAPS) !== 0) return finished(this.outcome(envelope))
      // It has been busy for long, be it alone or with others: whoever else can run has a turn.
      world.receivesLeft = world.messageBudget
      tasklet.op = this
      tasklet.state = BLOCKED
      wake(tasklet, envelope)
      return SUSPEND
    }
    this.checkOpen()
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    tasklet.op = this
    tasklet.state = BLOCKED
    addReceiver(cell, tasklet)
    return SUSPEND
  }

  wants(envelope: Envelope): boolean {
    return this.fits === null || this.fits(messageOf(envelope))
  }

  ready(): boolean {
    if (this.find() !== null) return true
    this.checkOpen()
    return false
  }

  take(): unknown {
    const envelope = this.find() as Envelope
    takeFrom(this.cell, envelope)
    return this.outcome(envelope)
  }

  park(node: WaitNode): void {
    addReceiver(this.cell, node)
  }

  unpark(node: WaitNode): void {
    removeReceiver(this.cell, node)
  }

  override outcome(brought: unknown): unknown {
    const envelope = brought as Envelope
    if ((this.cell.flags & RAW) !== 0) this.cell.current = envelope
    if ((this.cell.flags & WATCHED) !== 0) tellIn(this.cell, envelope)
    if (this.cell.world.watch !== null) this.cell.world.watch.taken(this.cell, envelope)
    const message = messageOf(envelope)
    opened(envelope)
    return message
  }

  override undo(brought: unknown, failed: boolean): void {
    if (!failed) putBack(this.cell, brought as Envelope)
  }

  describe(): string {
    return this.fits === null ? "a message" : "a message that fits"
  }

  /** Raises where nothing can come any more. The process itself may go on until its end: it may wait with a limit. */
  private checkOpen(): void {
    const { cell } = this
    if (cell.state >= EXITING && (cell.state === DEAD || realm.current?.owner !== cell)) throw deadActor(cell)
  }

  /** The oldest that fits: of the mailbox, then of those that wait for room. */
  private find(): Envelope | null {
    const { cell } = this
    const room = cell.extras === null ? null : cell.extras.room
    return this.findIn(cell) ?? (room === null ? null : this.findIn(room))
  }

  private findIn(list: EnvelopeList): Envelope | null {
    const { fits } = this
    for (let envelope = list.first; envelope !== null; ) {
      const { kind } = envelope
      if (kind <= TICK && kind !== CAST && kind !== CALL) {
        const taken = fits === null || fits(kind === 0 ? envelope.payload : messageOf(envelope))
        // What a guard does may take the message away: then the scan begins again.
        if (envelope.list !== list) {
          envelope = list.first
          continue
        }
        if (taken) return envelope
      }
      envelope = envelope.after
    }
    return null
  }
}

/** One alternative of a receive: what it takes, and what it does then. */
export class Clause<R> {
  /** @internal */
  readonly fits: Fits
  /** @internal */
  readonly handle: (message: unknown) => unknown
  /** Only the compiler knows it. */
  declare readonly "~result"?: R

  /** @internal */
  constructor(fits: Fits, handle: (message: unknown) => unknown) {
    this.fits = fits
    this.handle = handle
  }
}

brand(Clause, "Clause")

/** What a receive does when nothing that fits has come in time. */
export class After<R> {
  /** @internal */
  readonly ms: number
  /** @internal */
  readonly handle: () => unknown
  /** Only the compiler knows it. */
  declare readonly "~result"?: R

  /** @internal */
  constructor(ms: number, handle: () => unknown) {
    this.ms = ms
    this.handle = handle
  }
}

brand(After, "After")

/** What can tell the messages that a receive takes: a function, best a type guard, a class, or a schema. */
export type Guard<M = never, T = unknown> = ((message: M) => message is M & T) | ((message: M) => boolean) | (abstract new (...args: never) => T) | StandardSchema<T>

/**
 * One alternative of a receive: a guard, and what to do with a message that fits. The handler may be a plain function, a generator or an async function.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { after, on, type Process, System } from "@vivarium/actors"
 *
 * const isWord = (message: unknown): message is string => typeof message === "string"
 * await using system = new System()
 * const listener = system.spawn(function* (self: Process) {
 *   console.log(yield* self.receive(on(isWord, (word) => word.length), after(1000, () => 0)))
 * })
 * listener.send(7)
 * listener.send("seven")
 * await listener.stop().then(undefined, () => {})
 * // prints: 5
 * ```
 */
export function on<M, T extends M, R>(guard: (message: M) => message is T, handler: (message: T) => R): Clause<R>
export function on<M, R>(guard: (message: M) => boolean, handler: (message: M) => R): Clause<R>
export function on<T, R>(guard: StandardSchema<T>, handler: (message: T) => R): Clause<R>
export function on<T, R>(Class: abstract new (...args: never) => T, handler: (message: T) => R): Clause<R>
export function on(guard: unknown, handler: unknown): Clause<unknown> {
  if (typeof handler !== "function") throw new InvalidArgumentError("handler", handler, "a function of the message", "right: on(isOrder, (order) => …)")
  return new Clause(readGuard(guard), handler as (message: unknown) => unknown)
}

/**
 * What a receive does when nothing that fits has come for so many milliseconds, counted from its beginning. With 0 the mailbox is scanned first.
 * Infinity is never.
 */
export function after<R>(ms: number, handler: () => R): After<R> {
  checkTimeout("ms", ms, "after(1000, () => …)")
  if (typeof handler !== "function") throw new InvalidArgumentError("handler", handler, "a function", "right: after(1000, () => …)")
  return new After(ms, handler)
}

/** What decides, of a function, a class or a schema. */
export function readGuard(guard: unknown): Fits {
  if (isStandardSchema(guard)) {
    return (message) => {
      const issues = issuesOf(guard, message)
      if (issues?.[0] === ASYNCHRONOUS) throw new InvalidArgumentError("guard", guard, "a schema that answers at once", "A schema that answers with a promise cannot be used in receive()")
      return issues === null
    }
  }
  if (isClass(guard)) return (message) => message instanceof guard
  if (typeof guard === "function") return guard as Fits
  throw new InvalidArgumentError("guard", guard, "a function of the message, a class, or a schema", "right: self.receive(isOrder), self.receive(z.string()), self.receive(on(isOrder, (order) => …))")
}

/** A class, rather than a function that could be called: its prototype cannot be replaced. */
function isClass(guard: unknown): guard is new () => object {
  return typeof guard === "function" && Object.getOwnPropertyDescriptor(guard, "prototype")?.writable === false
}

/** A receive with clauses: `yield*` runs the handler, too. */
class ReceiveClauses extends Operation<unknown> {
  private readonly cell: Cell
  private readonly clauses: readonly Clause<unknown>[]
  private readonly after: After<unknown> | null

  constructor(cell: Cell, clauses: readonly Clause<unknown>[], late: After<unknown> | null) {
    super()
    this.cell = cell
    this.clauses = clauses
    this.after = late
  }

  get kind(): OperationKind {
    return STARTED
  }

  override get owner(): RunLoop {
    return this.cell.loop
  }

  override [Symbol.iterator](): Generator<(typeof SUSPEND)["value"], unknown, unknown> {
    return this.run()
  }

  next(): never {
    throw new Error("unreachable: a receive with clauses is performed by its own routine")
  }

  unpark(): void {}

  describe(): string {
    return `one of ${this.clauses.length} kinds of messages`
  }

  private *run(): Generator<(typeof SUSPEND)["value"], unknown, unknown> {
    const late = this.after
    // Asked when it is taken, and not again: whoever sent it may have changed it when it comes to be handled.
    let chosen: Clause<unknown> | undefined
    const inner = new Receive(this.cell, (offered) => (chosen = this.clauses.find(({ fits }) => fits(offered))) !== undefined)
    let message: unknown
    if (late === null || late.ms === Infinity) message = yield* inner
    else if (inner.ready()) message = yield* inner
    else if (late.ms === 0) return yield* waitFor(late.handle())
    else {
      const outcome = yield* select({ message: inner, late: sleep(late.ms) }, { priority: true })
      if (outcome.key === "late") return yield* waitFor(late.handle())
      message = outcome.value
    }
    return yield* waitFor((chosen as unknown as Clause<unknown>).handle(message))
  }
}

/** What the arguments of `receive()` mean. */
export function receiveFor(cell: Cell, given: readonly unknown[]): Operation<unknown> {
  if (given.length === 0) return new Receive(cell, null)
  if (given.length === 1 && !(given[0] instanceof Clause) && !(given[0] instanceof After)) return new Receive(cell, readGuard(given[0]))
  const clauses: Clause<unknown>[] = []
  let late: After<unknown> | null = null
  for (const one of given) {
    if (late !== null) throw new InvalidArgumentError("receive()", one, "missing: after() must be the last argument")
    if (one instanceof After) late = one
    else clauses.push(one instanceof Clause ? one : new Clause(readGuard(one), (message) => message))
  }
  return new ReceiveClauses(cell, clauses, late)
}

/** What a clause or an `after` comes to. */
export type ClauseResult<C> = C extends Clause<infer R> | After<infer R> ? Outcome<R> : never
