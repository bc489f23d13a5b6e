/**
 * References: what others hold of a process. A value, never a promise; it can be sent, stored and compared.
 *
 * Order promised: what one process sends to another, by whatever way, arrives in the order in which it was sent.
 */
import { brand } from "./brand.ts"
import type { Operation, RunLoop } from "@vivarium/core"
import { checkOptions } from "@vivarium/core/lowlevel"
import type { ActorType } from "./actor-type.ts"
import { type CallOptions, readWith, type WithOptions } from "./call-options.ts"
import type { Cell } from "./cell.ts"
import { currentCell } from "./current.ts"
import { EndOf } from "./end-of.ts"
import { Envelope, MESSAGE } from "./envelope.ts"
import { NoProcessError } from "./errors.ts"
import { checkReason, ExitReason } from "./exit-reason.ts"
import { sendExit } from "./exits.ts"
import type { CallFacade, CastFacade, MessageOf, RequestFacade, WaitingCastFacade } from "./facade-types.ts"
import { accept } from "./mailbox.ts"
import type { ActorStatistics, Trace } from "./measurements.ts"
import { Post } from "./post.ts"
import { refusedBySchema } from "./protocol.ts"
import { stopProcess } from "./stop.ts"
import { getState, measure, replaceState, resume, suspend, trace } from "./system-requests.ts"
import { checkTimeout } from "./time-out.ts"

/** Options of `ref.stop()`. */
export interface StopOptions {
  /** How long to wait for the end, in milliseconds; the process is left alone if it takes longer. Default Infinity. */
  readonly timeoutMs?: number
}

/** A reference whose calls, casts and sends have options of their own: what `ref.with()` gives. */
export interface RefWith<A> {
  /** See `Ref`. */
  readonly call: CallFacade<A>
  /** See `Ref`. */
  readonly cast: CastFacade<A>
  /** See `Ref`. */
  readonly request: RequestFacade<A>
  /** See `Ref`. */
  send(message: MessageOf<A>): boolean
}

/** The same with `wait: true`: casts and sends are operations that wait for room. */
export interface RefWaiting<A> {
  /** See `Ref`. */
  readonly call: CallFacade<A>
  /** True once the cast is in the mailbox; false if the actor has ended. */
  readonly cast: WaitingCastFacade<A>
  /** See `Ref`. */
  readonly request: RequestFacade<A>
  /** True once the message is in the mailbox; false if the process has ended. */
  send(message: MessageOf<A>): Operation<boolean>
}

/**
 * What others hold of a process: an actor, or a raw one. Comparing two tells whether they are the same process. Erlang: the pid.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 *
 * class Flower extends Actor {
 *   #nectar = 3
 *   sip() {
 *     return this.#nectar--
 *   }
 * }
 * await using system = new System()
 * const flower = system.spawn(Flower, { name: "daisy" })
 * flower.cast.sip()
 * console.log(await flower.call.sip(), String(flower))
 * // prints: 2 Flower "daisy" (#1)
 * ```
 */
export abstract class Ref<A> {
  /** Its number, counted from 1 in its system; 0 of a name. */
  abstract readonly id: number
  /** The first name that it was registered by, if any. */
  abstract readonly name: string | undefined
  /** What it was labelled with, for tools. */
  abstract readonly label: string | undefined
  /** @internal */
  abstract readonly "~loop": RunLoop | null
  /** @internal */
  abstract readonly "~type": ActorType
  /** @internal Who it is now; null if nobody. */
  abstract "~resolve"(): Cell | null
  /** @internal A message for nobody. */
  abstract "~lost"(envelope: Envelope): void
  /** In words. */
  abstract toString(): string

  /** Whether it runs: false from the moment at which its end is decided. */
  get alive(): boolean {
    return this["~resolve"]()?.alive === true
  }

  /** The methods, as calls: operations that give the typed result, or raise CallError. They time out after 5,000 ms. */
  get call(): CallFacade<A> {
    return new this["~type"].Call(this as Ref<unknown>, null) as CallFacade<A>
  }

  /** The methods, as casts: sent at once; true, or false and a dead letter. */
  get cast(): CastFacade<A> {
    return new this["~type"].Cast(this as Ref<unknown>, null) as CastFacade<A>
  }

  /** The methods, as requests: sent at once, the answer collected later. */
  get request(): RequestFacade<A> {
    return new this["~type"].Request(this as Ref<unknown>, null) as RequestFacade<A>
  }

  /** Calls, casts and sends with options. */
  with(options: WithOptions & { readonly wait: true }): RefWaiting<A>
  with(options: WithOptions): RefWith<A>
  with(options: WithOptions): RefWith<A> | RefWaiting<A> {
    return new With(this as Ref<unknown>, readWith(options)) as unknown as RefWith<A>
  }

  /** Sends a plain message: an actor gets it in `info`. At once; true, or false and a dead letter. Never raises. */
  send(message: MessageOf<A>): boolean {
    return sendTo(this as Ref<unknown>, currentCell(), message)
  }

  /**
   * Asks it to end, behind what it has to read already, and waits until it has. Passes if it ended with exactly that reason; raises StopError
   * otherwise, or if there is none. Erlang: `gen_server:stop`. A raw process is sent the exit signal.
   */
  stop(reason: ExitReason = ExitReason.normal, options: StopOptions = {}): Operation<void> {
    checkReason("reason", reason)
    checkOptions("options", options, ["timeoutMs"], "ref.stop(ExitReason.normal, { timeoutMs: 1000 })")
    const { timeoutMs = Infinity } = options
    checkTimeout("timeoutMs", timeoutMs, "ref.stop(ExitReason.normal, { timeoutMs: 1000 })")
    return stopProcess(this as Ref<unknown>, reason, timeoutMs)
  }

  /** Waits for its end, and gives the reason; it is not touched. An offer, so it can be a case of `select`. */
  join(): Operation<ExitReason> {
    const cell = this["~resolve"]()
    if (cell === null) throw new NoProcessError(this.toString(), "join()")
    return new EndOf(cell)
  }

  /** Sends it an exit signal, which is applied when it arrives; dead targets are ignored. Erlang: `exit/2`. */
  exit(reason: ExitReason): void {
    checkReason("reason", reason)
    const cell = this["~resolve"]()
    if (cell !== null) sendExit(cell, currentCell(), reason, false)
  }

  /** What its `snapshot()` gives, else a copy of its public own fields. Works while it is suspended. Erlang: `sys:get_state`. */
  getState(): Operation<unknown> {
    return getState(this as Ref<unknown>)
  }

  /** Changes its state by a function; if that raises, nothing has changed. Gives the new state. Erlang: `sys:replace_state`. */
  replaceState(change: (state: never) => unknown): Operation<unknown> {
    return replaceState(this as Ref<unknown>, change as (state: unknown) => unknown)
  }

  /** Lets it handle nothing but requests of tools. Erlang: `sys:suspend`. */
  suspend(): Operation<void> {
    return suspend(this as Ref<unknown>)
  }

  /** Lets it go on. */
  resume(): Operation<void> {
    return resume(this as Ref<unknown>)
  }

  /** Has a function told of everything that it handles, until the result is disposed of. One that raises is taken off. Erlang: `sys:install`. */
  trace(hook: Trace): Disposable {
    return trace(this as Ref<unknown>, hook)
  }

  /** Turns counting on or off, or gives what has been counted since. Erlang: `sys:statistics`. */
  statistics(on?: boolean): Operation<ActorStatistics | undefined> {
    return measure(this as Ref<unknown>, on)
  }

  /** A reference is a reference in JSON, too. */
  toJSON(): string {
    return this.toString()
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

brand(Ref, "Ref")

class With {
  private readonly ref: Ref<unknown>
  private readonly options: CallOptions

  constructor(ref: Ref<unknown>, options: CallOptions) {
    this.ref = ref
    this.options = options
  }

  get call(): object {
    return new this.ref["~type"].Call(this.ref, this.options)
  }

  get cast(): object {
    return new this.ref["~type"].Cast(this.ref, this.options)
  }

  get request(): object {
    return new this.ref["~type"].Request(this.ref, this.options)
  }

  send(message: unknown): boolean | Operation<boolean> {
    const sender = this.options.from ?? currentCell()
    return this.options.wait ? new Post(this.ref, MESSAGE, sender, "", message) : sendTo(this.ref, sender, message)
  }
}

function sendTo(ref: Ref<unknown>, sender: Cell | null, message: unknown): boolean {
  const cell = ref["~resolve"]()
  const envelope = new Envelope(MESSAGE, sender, "", message)
  if (cell !== null) return acceptMessage(cell, envelope)
  ref["~lost"](envelope)
  return false
}

/** With `validate`, a message must fit the schema that the protocol has for `info`. */
function acceptMessage(cell: Cell, envelope: Envelope): boolean {
  if (!cell.settings.validate || refusedBySchema(cell, "info", envelope.payload) === null) return accept(cell, envelope)
  envelope.lost(cell, "schema")
  return false
}

/** The reference of one process of this system. */
export class LocalRef extends Ref<unknown> {
  /** Its only public field: so two are equal, to whoever compares fields, if they mean the same process. */
  readonly id: number
  readonly #cell: Cell

  constructor(cell: Cell) {
    super()
    this.id = cell.id
    this.#cell = cell
  }

  get name(): string | undefined {
    return this.#cell.extras?.name
  }

  get label(): string | undefined {
    return this.#cell.extras?.label
  }

  get "~loop"(): RunLoop {
    return this.#cell.loop
  }

  get "~type"(): ActorType {
    return this.#cell.type
  }

  "~resolve"(): Cell | null {
    return this.#cell
  }

  "~lost"(envelope: Envelope): void {
    envelope.lost(this.#cell, "dead")
  }

  override send(message: unknown): boolean {
    return acceptMessage(this.#cell, new Envelope(MESSAGE, currentCell(), "", message))
  }

  toString(): string {
    const { extras, id, kind } = this.#cell
    const name = extras?.name ?? extras?.label
    return name === undefined ? `${kind} #${id}` : `${kind} "${name}" (#${id})`
  }
}

/** What every reference can do. */
export type RefFeatures<A> = { [K in keyof Ref<A>]: Ref<A>[K] }

/**
 * What classes of references of your own extend: the reference of one process, which only a system makes. It is a value with a type of its own, so that references of
 * different actors compare by what they can do.
 */
export const BaseRef = LocalRef as unknown as abstract new <A = unknown>(cell: never) => RefFeatures<A>
