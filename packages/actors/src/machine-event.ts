/** Events: what a state machine handles, one after the other. */
import { show } from "@vivarium/core/lowlevel"
import { ActorError } from "./errors.ts"
import type { ExitReason } from "./exit-reason.ts"
import type { Reply } from "./facade-types.ts"
import { Later } from "./later.ts"
import type { Monitor } from "./monitor.ts"
import type { Ref } from "./ref.ts"

/** The calls of a machine that declares none. */
export type NoCalls = Readonly<Record<never, never>>

/** A call by `ref.call` or `ref.request`: whoever sent it waits until somebody has replied to `from`. Erlang: `{call, From}`. */
export type CallEvent<Calls> = {
  readonly [K in keyof Calls & string]: Calls[K] extends (...args: infer P extends readonly unknown[]) => infer R
    ? { readonly type: "call"; readonly name: K; readonly args: P; readonly from: Later<Reply<R>> }
    : never
}[keyof Calls & string]

/** A cast by `ref.cast`. */
export type CastEvent<Calls> = {
  readonly [K in keyof Calls & string]: Calls[K] extends (...args: infer P extends readonly unknown[]) => unknown ? { readonly type: "cast"; readonly name: K; readonly args: P } : never
}[keyof Calls & string]

/** What else can come of itself, or be inserted by `nextEvent`. */
export type OtherEvent<Info = unknown> =
  /** A plain message: from `ref.send`, a timer of `sendAfter`, a monitor with a message of its own. */
  | { readonly type: "info"; readonly message: Info }
  /** From the machine itself: by `nextEvent` alone, never from outside. */
  | { readonly type: "internal"; readonly content: unknown }
  /** A named time-out. Erlang: `{timeout, Name}`. */
  | { readonly type: "timeout"; readonly name: unknown; readonly content: unknown }
  /** The time-out of the state. */
  | { readonly type: "stateTimeout"; readonly content: unknown }
  /** No event has come for as long as was asked. Erlang: `timeout`. */
  | { readonly type: "eventTimeout"; readonly content: unknown }
  /** A process that it monitors has ended. */
  | { readonly type: "down"; readonly monitor: Monitor; readonly from: Ref<unknown> | string; readonly reason: ExitReason }
  /** An exit signal, while it traps exits. That of a parent who started it with a link is none: it ends the machine. */
  | { readonly type: "exit"; readonly from: Ref<unknown> | undefined; readonly reason: ExitReason }

/**
 * What the `handle` of a state machine is given: told apart by `type`, then by `name`. `enter` comes to machines with `static enterCalls = true`
 * when they have entered a state, the first one included; `from` is the state before.
 */
export type MachineEvent<State = unknown, Calls extends object = NoCalls, Info = unknown> =
  | CallEvent<Calls>
  | CastEvent<Calls>
  | OtherEvent<Info>
  | { readonly type: "enter"; readonly from: State }

/** What `nextEvent` can insert: anything but enter calls. */
export type InsertableEvent =
  | { readonly type: "call"; readonly name: string; readonly args: readonly unknown[]; readonly from: Later }
  | { readonly type: "cast"; readonly name: string; readonly args: readonly unknown[] }
  | OtherEvent

/** An event of any machine. */
export type AnyEvent = InsertableEvent | { readonly type: "enter"; readonly from: unknown }

const INSERTABLE = ["call", "cast", "info", "internal", "timeout", "stateTimeout", "eventTimeout", "down", "exit"]

/** What is wrong with an event that is to be inserted, if anything. */
export function faultOfEvent(event: unknown): ActorError | null {
  if (typeof event !== "object" || event === null) {
    return new ActorError("bad_action", `nextEvent() takes an event, but got ${show(event)}. right: nextEvent({ type: "internal", content: "check" })`)
  }
  const { args, from, name, type } = event as { readonly [K in "args" | "from" | "name" | "type"]?: unknown }
  if (!INSERTABLE.includes(type as string)) return new ActorError("bad_action", `nextEvent() takes an event whose type is one of ${INSERTABLE.join(", ")}, but got ${show(type)}.`)
  if (type !== "call" && type !== "cast") return null
  if (typeof name !== "string" || !Array.isArray(args)) return new ActorError("bad_action", `nextEvent() needs the name and the list of args of a ${type}.`)
  if (type === "call" && !(from instanceof Later)) return new ActorError("bad_action", "nextEvent() needs the from of a call: that of the call that it stands for.")
  return null
}
