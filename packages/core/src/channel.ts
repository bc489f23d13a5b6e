/**
 * Channels: where tasklets meet.
 *
 * Semantics: Stackless Python's channel (rendezvous, balance, preference, schedule_all) with Go's buffers. `close()` differs
 * from both on purpose: waiting receivers wake, and what was offered before can still be received.
 *
 * Invariants:
 * 1. Waiting senders and waiting receivers are never matched late: if both sides wait, they are cases of one parked select.
 * 2. `balance` = waiting senders - waiting receivers, after every call; a failed operation leaves it as it was.
 * 3. Senders wait only while the buffer is full, receivers only while it is empty; order over all senders is FIFO.
 * 4. Once closed, no receiver waits.
 */
import { type ChannelOptions, NO_OPTIONS, type Preference, readChannelOptions } from "./channel-options.ts"
import { each, sendAll } from "./channel-routines.ts"
import { BUFFERED, CLOSING, PREFERENCE, PREFERENCES, preferenceBits, SCHEDULE_ALL } from "./channel-settings.ts"
import { ChannelClosedError, InvalidArgumentError } from "./errors.ts"
import type { Body } from "./body.ts"
import { inspect } from "./inspect.ts"
import type { Operation } from "./operation.ts"
import { currentScheduler } from "./realm.ts"
import { Receive, ReceiveOrDone } from "./receive.ts"
import { Ring } from "./ring.ts"
import type { RunLoop } from "./run-loop.ts"
import { Send, SendError } from "./send.ts"
import { type SignalOption, withSignal } from "./abort.ts"
import type { Tasklet } from "./tasklet.ts"
import { taskletOfNode, type WaitNode } from "./wait-queue.ts"

/** What `receiveOrDone()` gives: a value, or the end of a closed channel. */
export type Received<T> = { readonly done: false; readonly value: T } | { readonly done: true }

/** The sending side of a channel. */
export interface SendChannel<in T> {
  /** Sends a value: see `Channel.send`. */
  send(value: T, options?: SignalOption): Operation<void>
  /** Sends without waiting: see `Channel.trySend`. */
  trySend(value: T): boolean
  /** Sends an error: see `Channel.sendError`. */
  sendError(error: unknown): Operation<void>
  /** Sends many: see `Channel.sendAll`. */
  sendAll(values: Iterable<T>): Operation<number>
  /** Says that no more values come: see `Channel.close`. */
  close(): void
}

/** The receiving side of a channel. */
export interface ReceiveChannel<out T> extends AsyncIterable<T> {
  /** Receives a value: see `Channel.receive`. */
  receive(options?: SignalOption): Operation<T>
  /** Receives a value or the end: see `Channel.receiveOrDone`. */
  receiveOrDone(options?: SignalOption): Operation<Received<T>>
  /** Receives without waiting: see `Channel.tryReceive`. */
  tryReceive(): { readonly value: T } | undefined
  /** Runs a body for each value until the end: see `Channel.each`. */
  each(body: (value: T) => unknown): Operation<number>
}

/**
 * A typed meeting place. Unbuffered by default: a send completes when a receiver has the value. Waiters are served first come,
 * first served. Who goes on after an exchange follows `preference`:
 *
 * - `"receiver"` (default at capacity 0): a waiting receiver runs at once and the sender goes last; a receiver that meets a waiting sender goes on.
 * - `"sender"`: the mirror image.
 * - `"none"` (default with a buffer): the caller goes on, its partner is appended.
 * - `scheduleAll`: the partner is appended, then the caller behind it.
 *
 * @example
 * ```ts
 * import { channel, run, tasklet } from "@vivarium/core"
 *
 * const flower = channel<string>({ name: "rose" })
 * tasklet(function* () {
 *   for (;;) console.log(`${yield* flower.receive()} got nectar`)
 * })
 * tasklet(function* () {
 *   yield* flower.send("Maya")
 *   yield* flower.send("Willy")
 * })
 * run()
 * console.log(flower.balance)
 * // prints: Maya got nectar
 * // prints: Willy got nectar
 * // prints: -1
 * ```
 */
export class Channel<in out T> implements SendChannel<T>, ReceiveChannel<T> {
  /** @internal */
  declare readonly scheduler: RunLoop
  /** @internal */
  declare firstSender: WaitNode | null
  /** @internal */
  declare lastSender: WaitNode | null
  /** @internal */
  declare firstReceiver: WaitNode | null
  /** @internal */
  declare lastReceiver: WaitNode | null
  /** @internal Waiting senders less waiting receivers. */
  declare waiting: number
  /** @internal Bits: see channel-settings.ts. */
  declare settings: number
  /** @internal */
  declare buffer: Buffer | null
  /** @internal One receive operation serves everybody. */
  declare readonly receiving: Receive<T>
  /** The name that reports show. */
  declare readonly name: string | undefined

  constructor(options: ChannelOptions = NO_OPTIONS, scheduler: RunLoop = currentScheduler()) {
    const { capacity, name, preference } = readChannelOptions(options)
    this.scheduler = scheduler
    this.firstSender = null
    this.lastSender = null
    this.firstReceiver = null
    this.lastReceiver = null
    this.waiting = 0
    this.settings = preferenceBits(preference) | (capacity > 0 ? BUFFERED : 0)
    this.buffer = capacity > 0 ? new Buffer(capacity) : null
    this.receiving = new Receive<T>(this)
    this.name = name
    scheduler.made?.(this)
  }

  /** Sends a value; completes when a receiver has it or the buffer took it. ChannelClosedError if the channel is closed. */
  send(value: T, options?: SignalOption): Operation<void> {
    const operation = new Send<T>(this, value)
    return options === undefined ? operation : withSignal(operation, options)
  }

  /** Receives the oldest value. ChannelClosedError if the channel is, or becomes, closed and drained. */
  receive(options?: SignalOption): Operation<T> {
    return options === undefined ? this.receiving : withSignal(this.receiving, options)
  }

  /** Receives the oldest value, or `{ done: true }` once the channel is closed and drained. */
  receiveOrDone(options?: SignalOption): Operation<Received<T>> {
    const operation = new ReceiveOrDone<T>(this)
    return options === undefined ? operation : withSignal(operation, options)
  }

  /** Like `send`, but the receiver's `receive()` raises this error: the object itself, whatever it is. */
  sendError(error: unknown): Operation<void> {
    return new SendError(this as unknown as Channel<never>, error)
  }

  /** Sends each value of an iterable, one after another; gives how many. An error of the iterator goes to the sender. */
  sendAll(values: Iterable<T>): Operation<number> {
    if (values === null || values === undefined || typeof values[Symbol.iterator] !== "function") {
      throw new InvalidArgumentError("values", values, "an iterable", "For a single value use send().")
    }
    return sendAll(this, values)
  }

  /** Calls a body (plain, or a generator function that may wait) for each value until the channel ends; gives how many. */
  each(body: (value: T) => unknown): Operation<number> {
    return each(this, body as Body<[T]>)
  }

  /**
   * Sends if that needs no waiting, and says whether it did; callable from anywhere, callbacks included. The caller always goes
   * on: a partner that the preference would run at once runs as soon as the caller stops, any other is appended.
   */
  trySend(value: T): boolean {
    const operation = new Send<T>(this, value)
    if (!operation.ready()) return false
    if (this.scheduler.hooks !== null) {
      operation.announceTry()
      if (!operation.ready()) return false
    }
    operation.take()
    return true
  }

  /** Receives if that needs no waiting; undefined if there is nothing, closed or not. Order as for `trySend`. */
  tryReceive(): { readonly value: T } | undefined {
    if (this.scheduler.hooks !== null && !this.drained) this.receiving.announceTry()
    return this.drained ? undefined : { value: this.receiving.take() }
  }

  /** Waiting senders (> 0) or waiting receivers (< 0). */
  get balance(): number {
    return this.waiting
  }

  /** How many values the buffer may hold; 0 for a rendezvous. */
  get capacity(): number {
    return this.buffer === null ? 0 : this.buffer.capacity
  }

  /** How many values the buffer holds now. */
  get length(): number {
    return this.buffer === null ? 0 : this.buffer.length
  }

  /** Who goes on after an exchange. */
  get preference(): Preference {
    return PREFERENCES[this.settings & PREFERENCE] as Preference
  }

  set preference(preference: Preference) {
    this.settings = (this.settings & ~PREFERENCE) | preferenceBits(preference)
  }

  /** Whether every exchange puts both partners at the end of the run queue; overrides `preference`. */
  get scheduleAll(): boolean {
    return (this.settings & SCHEDULE_ALL) !== 0
  }

  set scheduleAll(on: boolean) {
    if (typeof on !== "boolean") throw new InvalidArgumentError("scheduleAll", on, "true or false")
    this.settings = on ? this.settings | SCHEDULE_ALL : this.settings & ~SCHEDULE_ALL
  }

  /** Whether `close()` has been called. */
  get closing(): boolean {
    return (this.settings & CLOSING) !== 0
  }

  /** Whether the channel is closed and nothing is left to be received. */
  get closed(): boolean {
    return this.closing && this.drained
  }

  /**
   * Ends the channel: new sends raise, waiting receivers wake in the order in which they came, appended. Values offered
   * before can still be received. Closing twice is fine.
   */
  close(): void {
    if (this.closing) return
    this.settings |= CLOSING
    for (let node = this.firstReceiver; node !== null; node = this.firstReceiver) {
      this.removeReceiver(node)
      receiveOf<T>(node).endWaiting(node)
    }
  }

  /** Opens a closed channel again. */
  open(): void {
    this.settings &= ~CLOSING
  }

  /** The tasklets that wait here, in the order in which they came; one whose select has several cases here, once for each. */
  get waiters(): readonly Tasklet[] {
    const all: Tasklet[] = []
    for (const first of [this.firstSender, this.firstReceiver]) {
      for (let node = first; node !== null; node = node.after) all.push(taskletOfNode(node))
    }
    return all
  }

  /** Closes the channel at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** `for await` outside of tasklets: receives until the end. Leaving early does not close the channel. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const next = new ReceiveOrDone<T>(this)
    return {
      next: () => next.then((received): IteratorResult<T, undefined> => (received.done ? { done: true, value: undefined } : received)),
      return: () => Promise.resolve({ done: true, value: undefined }),
    }
  }

  /** Recognises channels of any copy of this package. */
  static [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
    return this === (Channel as unknown) && typeof value === "object" && value !== null && "receiving" in value
  }

  /** @internal */
  [inspect](): string {
    const buffered = this.capacity === 0 ? "" : `, ${this.length} of ${this.capacity}`
    return `Channel${this.name === undefined ? "" : ` ${this.name}`} (balance ${this.balance}${buffered}${this.closing ? ", closed" : ""})`
  }

  /** Whether there is nothing to be received now. */
  private get drained(): boolean {
    return this.firstSender === null && this.length === 0
  }

  /** @internal */
  get label(): string {
    return this.name === undefined ? "a channel" : `channel "${this.name}"`
  }

  /** @internal */
  closedFor(action: "send" | "receive"): ChannelClosedError {
    return new ChannelClosedError(action, this.name)
  }

  /** @internal Tells the tools that watch, before anything happens. */
  announce(tasklet: Tasklet | null, action: "send" | "receive", willBlock: boolean, value: unknown): void {
    this.scheduler.hooks?.channel?.({ channel: this as unknown as Channel<never>, tasklet, action, willBlock, value })
  }

  /** @internal Places the partner of an exchange after which the caller goes on in any case. */
  placePartner(partner: Tasklet, preferred: number): void {
    const { scheduler, settings } = this
    if ((settings & (PREFERENCE | SCHEDULE_ALL)) === preferred) scheduler.handOver(partner)
    else scheduler.append(partner)
  }

  /** @internal Puts a value into the buffer if there is room, and says whether there was. */
  fill(value: unknown): boolean {
    const buffer = this.buffer as Buffer
    if (buffer.length >= buffer.capacity) return false
    buffer.push(value)
    return true
  }

  /** @internal */
  pushSender(node: WaitNode): void {
    const last = this.lastSender
    node.before = last
    if (last === null) this.firstSender = node
    else last.after = node
    this.lastSender = node
    this.waiting++
  }

  /** @internal */
  pushReceiver(node: WaitNode): void {
    const last = this.lastReceiver
    node.before = last
    if (last === null) this.firstReceiver = node
    else last.after = node
    this.lastReceiver = node
    this.waiting--
  }

  /** @internal */
  removeSender(node: WaitNode): void {
    const { after, before } = node
    if (before === null) this.firstSender = after
    else before.after = after
    if (after === null) this.lastSender = before
    else after.before = before
    node.after = null
    node.before = null
    this.waiting--
  }

  /** @internal */
  removeReceiver(node: WaitNode): void {
    const { after, before } = node
    if (before === null) this.firstReceiver = after
    else before.after = after
    if (after === null) this.lastReceiver = before
    else after.before = before
    node.after = null
    node.before = null
    this.waiting++
  }
}

/** @internal The values in a buffered channel, and how many there may be. */
export class Buffer extends Ring {
  readonly capacity: number

  constructor(capacity: number) {
    super()
    this.capacity = capacity
  }
}

function receiveOf<T>(node: WaitNode): Receive<T> {
  return (node.parked === null ? (node as Tasklet).op : (node as WaitNode & { readonly op: unknown }).op) as Receive<T>
}

/**
 * Makes a channel of the current tasklet's scheduler, or of the default one. Options: `capacity` (values it buffers, default
 * 0), `preference`, `name`.
 *
 * @example
 * ```ts
 * import { channel, run, tasklet } from "@vivarium/core"
 *
 * const queue = channel<number>({ capacity: 2 })
 * tasklet(function* () {
 *   yield* queue.send(1)
 *   yield* queue.send(2)
 *   console.log(`${queue.length} of ${queue.capacity}`)
 * })
 * run()
 * // prints: 2 of 2
 * ```
 */
export function channel<T>(options?: ChannelOptions): Channel<T> {
  return new Channel<T>(options)
}
