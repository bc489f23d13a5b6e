/** What a system tells: crash reports, dead letters, slow methods, registrations. Typed, and safe against its listeners. */
import { isThenable } from "@vivarium/core/lowlevel"
import { EventEmitter } from "eventemitter3"
import type { CrashReport } from "./crash-report.ts"
import type { DeadLetter } from "./dead-letters.ts"
import type { HandlerCrash } from "./event-handler.ts"
import type { ExitReason } from "./exit-reason.ts"
import type { Ref } from "./ref.ts"

/** The events of a system, by name, with what each listener is given. */
export interface SystemEventMap {
  /** A process has ended with a reason that is not orderly. */
  crash: [report: CrashReport]
  /** A message will not be handled by anybody. What a listener of this loses itself, at once, is counted and kept, but not told. */
  deadLetter: [letter: DeadLetter]
  /** A method ran longer than `slowMethodMs` without giving way. */
  slowMethod: [report: { readonly ref: Ref<unknown>; readonly method: string; readonly ms: number }]
  /** A mailbox has reached its `reportAt`. */
  mailboxLong: [report: { readonly ref: Ref<unknown>; readonly unread: number }]
  /** A name has been taken. */
  registered: [report: { readonly name: string; readonly ref: Ref<unknown> }]
  /** A name is free again. */
  unregistered: [report: { readonly name: string; readonly ref: Ref<unknown> }]
  /** A process has been started. */
  started: [ref: Ref<unknown>]
  /** A process has ended. */
  ended: [report: { readonly ref: Ref<unknown>; readonly reason: ExitReason }]
  /** An actor has no method for a message. It lives on. */
  unhandled: [report: { readonly ref: Ref<unknown>; readonly message: unknown }]
  /** A method threw `refuse()`, and nobody waits for the answer. */
  refusedCast: [report: { readonly ref: Ref<unknown>; readonly method: string; readonly error: unknown }]
  /** A handler of an event manager failed, and was taken off. The manager lives on. */
  handlerCrash: [report: HandlerCrash]
  /** An async method goes on although its actor has ended. With an error once it has failed, or if something else has that was cut short by the end. */
  abandoned: [report: { readonly ref: Ref<unknown>; readonly method: string; readonly error?: unknown }]
  /** A process was killed because the system had to stop. */
  stopOverdue: [report: { readonly ref: Ref<unknown>; readonly afterMs: number }]
}

/** How eventemitter3 keeps its listeners: one as it is, several in a list. */
interface Kept {
  readonly fn: (...args: unknown[]) => unknown
  readonly context: unknown
  readonly once: boolean
}
interface Keeping {
  readonly _events: Readonly<Record<string, Kept | readonly Kept[] | undefined>>
}

/** The event stream of a system: an eventemitter3 whose listeners cannot hurt it. What one throws goes to `onUncaught`. */
export class SystemEvents extends EventEmitter<SystemEventMap> {
  private readonly onUncaught: (error: unknown) => void

  /** @internal */
  constructor(onUncaught: (error: unknown) => void) {
    super()
    this.onUncaught = onUncaught
  }

  /** @internal Whether anybody has ever asked for slow methods: timing them costs. */
  watchesMethods = false

  /** @internal Whether anybody listens, so that what is told has to be made. */
  hears(event: keyof SystemEventMap): boolean {
    return (this as unknown as Keeping)._events[event] !== undefined
  }

  /** Adds a listener. */
  override on<E extends EventEmitter.EventNames<SystemEventMap>>(event: E, listener: EventEmitter.EventListener<SystemEventMap, E>, context?: unknown): this {
    if (event === "slowMethod") this.watchesMethods = true
    return super.on(event, listener, context)
  }

  /** Adds a listener. */
  override addListener<E extends EventEmitter.EventNames<SystemEventMap>>(event: E, listener: EventEmitter.EventListener<SystemEventMap, E>, context?: unknown): this {
    return this.on(event, listener, context)
  }

  /** Tells all listeners of an event, in the order in which they came; says whether there was one. */
  override emit<E extends keyof SystemEventMap>(event: E, ...args: SystemEventMap[E]): boolean {
    const kept = (this as unknown as Keeping)._events[event]
    if (kept === undefined) return false
    for (const one of "fn" in kept ? [kept] : [...kept]) {
      if (one.once) this.removeListener(event, one.fn, undefined, true)
      try {
        const outcome = one.fn.apply(one.context, args)
        if (isThenable(outcome)) outcome.then(undefined, this.onUncaught)
      } catch (error) {
        this.onUncaught(error)
      }
    }
    return true
  }

  /** Tells a listener once. */
  override once<E extends EventEmitter.EventNames<SystemEventMap>>(event: E, listener: EventEmitter.EventListener<SystemEventMap, E>, context?: unknown): this {
    if (event === "slowMethod") this.watchesMethods = true
    return super.once(event, listener, context)
  }
}
