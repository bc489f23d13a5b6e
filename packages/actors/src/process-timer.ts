/**
 * Timers of processes: a message at a later time, by the scheduler's clock.
 *
 * Never early; at equal times in the order in which they were made; taken back when the process that set it ends, or the one that it is
 * for. A periodic timer waits with its next tick until the last one has been read, so ticks never pile up. Erlang: `erlang:send_after`, `start_timer`.
 */
import { brand } from "./brand.ts"
import { InvalidArgumentError } from "@vivarium/core"
import { cancelTimer, checkDuration, checkOptions, startTimer, timeLeft, type Timer as CoreTimer } from "@vivarium/core/lowlevel"
import { type Cell, DEAD, EXITING } from "./cell.ts"
import { Envelope, TICK } from "./envelope.ts"
import { ActorError } from "./errors.ts"
import { extrasOf } from "./extras.ts"
import { signal, withdraw } from "./mailbox.ts"
import { Ref } from "./ref.ts"
import type { World } from "./world.ts"

/** What `startTimer` delivers: the message with the timer that it is from, so that a stale one can be told. Erlang: `{timeout, TRef, Msg}`. */
export class Timeout<M = unknown> {
  /** Which timer. */
  readonly timer: ProcessTimer
  /** What it was given. */
  readonly message: M

  /** @internal */
  constructor(timer: ProcessTimer, message: M) {
    this.timer = timer
    this.message = message
  }
}

brand(Timeout, "Timeout")

/** Options of a timer. */
export interface TimerOptions {
  /** For whom: a reference, or a name that is looked up when it fires. Default: the process itself. */
  readonly to?: Ref<never> | Ref<unknown> | string
  /** A new timer with the same key replaces the old one, an unread tick of it included. */
  readonly key?: unknown
  /** How often it comes again, in milliseconds. */
  readonly everyMs?: number
}

/** A timer: cancel it, or ask how long it still takes. */
export class ProcessTimer {
  /** @internal What its target finds. */
  readonly content: unknown
  /** @internal The tick that has not been read. */
  unread: Envelope | null = null
  /** @internal Whether that is not wanted any more. */
  stale = false
  /** @internal */
  readonly key: unknown
  /** Who has the unread tick. */
  private reader: Cell | null = null
  private readonly world: World
  private readonly owner: Cell | null
  private readonly to: Ref<unknown> | string
  private readonly everyMs: number | undefined
  private at: number
  private timer: CoreTimer

  /** @internal */
  constructor(world: World, owner: Cell | null, ms: number, message: unknown, to: Ref<unknown> | string, key: unknown, everyMs: number | undefined, wrapped: boolean) {
    this.world = world
    this.owner = owner
    this.to = to
    this.key = key
    this.everyMs = everyMs
    this.content = wrapped ? new Timeout(this, message) : message
    this.at = world.now + ms
    this.timer = startTimer(world.loop, this.at, this)
    this.keep()
    // For one that has ended already it is over before it begins.
    if (typeof to !== "string" && to.id !== 0 && to["~resolve"]()?.state === DEAD) this.stop()
  }

  /** The milliseconds until it fires, or false if it will not. Erlang: `read_timer`. */
  get left(): number | false {
    return timeLeft(this.world.loop, this.timer)
  }

  /**
   * Takes it back; gives the milliseconds that were left, or false if it has fired or was taken back before. A message that has been
   * delivered stays, unless the timer has a key. Erlang: `cancel_timer`.
   */
  cancel(): number | false {
    const { left } = this
    this.stop()
    if (this.key === undefined || this.unread === null) return left
    this.stale = true
    if (this.unread.list !== null && this.reader !== null) {
      withdraw(this.reader, this.unread)
      this.unread = null
    }
    return left
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const { left } = this
    return `ProcessTimer (${left === false ? "over" : `${left} ms left`})`
  }

  /** @internal Its owner or its target has ended. */
  stop(): void {
    cancelTimer(this.world.loop, this.timer)
    this.forget()
  }

  /** @internal Its tick has been read, or will never be. */
  read(): void {
    this.unread = null
    this.reader = null
    if (this.everyMs === undefined) this.forgetKey()
  }

  /** @internal It is due. */
  enter(): void {
    const target = this.target()
    if (this.everyMs === undefined) this.release()
    else this.again(this.everyMs)
    if (target === null || target.state >= EXITING) {
      this.world.deadLetters.put({ to: this.to, from: this.owner?.ref, method: undefined, message: this.content, because: "dead" })
      this.read()
    } else if (this.unread === null) {
      this.unread = new Envelope(TICK, this.owner, "", this)
      this.reader = target
      signal(target, this.unread)
    }
  }

  /** What has been missed is left out. */
  private again(everyMs: number): void {
    const now = this.world.now
    this.at += everyMs
    if (this.at <= now) this.at = now + everyMs
    this.timer = startTimer(this.world.loop, this.at, this)
  }

  private target(): Cell | null {
    return typeof this.to === "string" ? (this.world.names.find(this.to) ?? null) : this.to["~resolve"]()
  }

  private keep(): void {
    for (const cell of this.cells()) {
      const extras = extrasOf(cell)
      ;(extras.timers ??= new Set()).add(this)
    }
    if (this.owner === null) this.world.looseTimers.add(this)
    else if (this.key !== undefined) (extrasOf(this.owner).keyedTimers ??= new Map()).set(this.key, this)
  }

  private forget(): void {
    this.release()
    this.forgetKey()
  }

  private release(): void {
    for (const cell of this.cells()) cell.extras?.timers?.delete(this)
    this.world.looseTimers.delete(this)
  }

  /** One that has fired keeps its key until its tick has been read: so that the next one with that key can take it back. */
  private forgetKey(): void {
    const keyed = this.owner?.extras?.keyedTimers
    if (keyed?.get(this.key) === this) keyed.delete(this.key)
  }

  /** Whose end takes it back. Who holds a name is only known when it is due. */
  private cells(): readonly Cell[] {
    const target = typeof this.to === "string" || this.to.id === 0 ? null : this.to["~resolve"]()
    return [this.owner, target].filter((cell, index, all): cell is Cell => cell !== null && cell.state !== DEAD && all.indexOf(cell) === index)
  }
}

brand(ProcessTimer, "ProcessTimer")

export function makeTimer(world: World, owner: Cell | null, ms: number, message: unknown, options: TimerOptions, wrapped: boolean): ProcessTimer {
  const call = wrapped ? "startTimer" : "sendAfter"
  checkDuration("ms", ms, `this.${call}(250, "tick")`)
  checkOptions("options", options, ["to", "key", "everyMs"], `this.${call}(250, "tick", { key: "refill", everyMs: 250 })`)
  if (owner === null && world.stopping && world.size === 0) throw new ActorError("no_system", `the system "${world.name}" has stopped: no message can be sent in it any more.`)
  const { everyMs, key, to = owner?.ref } = options
  if (everyMs !== undefined) {
    checkDuration("everyMs", everyMs, `this.${call}(250, "tick", { everyMs: 250 })`)
    if (everyMs === 0) throw new InvalidArgumentError("everyMs", everyMs, "more than 0")
  }
  if (typeof to !== "string" && !(to instanceof Ref)) throw new InvalidArgumentError("to", to, "a reference or a name")
  if (key !== undefined) owner?.extras?.keyedTimers?.get(key)?.cancel()
  return new ProcessTimer(world, owner, ms, message, to as Ref<unknown> | string, key, everyMs, wrapped)
}
