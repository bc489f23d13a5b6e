/** Transitions: what a state machine returns for an event. */
import type { Operation, Routine } from "@vivarium/core"
import { brand } from "./brand.ts"
import { checkReason, ExitReason } from "./exit-reason.ts"
import type { Ignore, Stop } from "./init-results.ts"
import { Action, type ReplyAction } from "./machine-action.ts"

/** One action, or a list of them in their order. */
export type Actions = Action | readonly Action[]

/** What `next`, `keep`, `repeat` and `stopAndReply` make. */
export class Move<State, Data> {
  /** Which of them. */
  readonly kind: "next" | "keep" | "repeat" | "stopAndReply"
  /** The state, of `next`. */
  readonly state: State
  /** The data, if it was given. */
  readonly data: Data
  /** Whether it was. */
  readonly hasData: boolean
  /** What is asked for besides. */
  readonly actions: readonly unknown[]
  /** Why it ends, of `stopAndReply`. */
  readonly reason: ExitReason | null

  /** @internal */
  constructor(kind: Move<State, Data>["kind"], state: State, data: Data, hasData: boolean, actions: readonly unknown[], reason: ExitReason | null) {
    this.kind = kind
    this.state = state
    this.data = data
    this.hasData = hasData
    this.actions = actions
    this.reason = reason
  }
}

brand(Move, "Move")

/** What `handle` returns: `next`, `keep`, `repeat`, `stop` or `stopAndReply`. */
export type Transition<State, Data = undefined> = Move<State, Data> | Stop

type Soon<T> = T | Routine<T> | PromiseLike<T> | Operation<T>

/** What `handle` may return, be it plain, generator or async. */
export type Handling<State, Data = undefined> = Soon<Transition<State, Data>>

/** What the `init` of a state machine may return: `next`, `ignore` or `stop`, be it plain, generator or async. */
export type Beginning<State, Data = undefined> = Soon<Move<State, Data> | Ignore | Stop>

const NONE: readonly never[] = []
const KEEP: Move<never, never> = new Move<never, never>("keep", undefined as never, undefined as never, false, NONE, null)
const REPEAT: Move<never, never> = new Move<never, never>("repeat", undefined as never, undefined as never, false, NONE, null)

function listed(actions: Actions | undefined): readonly unknown[] {
  if (actions === undefined) return NONE
  return Array.isArray(actions) ? actions : [actions]
}

/**
 * Goes to a state, with its data and actions; from `init`, begins in it. Data that is undefined stays as it is. It is a change only if `Object.is` says that the state is another one: so
 * an object of the same content is another state, and the same object with changed fields is not. A change restarts what was put off, takes the state
 * time-out back, and makes the enter calls. Erlang: `{next_state, State, Data, Actions}`.
 *
 * @example
 * ```ts
 * import { type MachineEvent, next, StateMachine, System } from "@vivarium/actors"
 *
 * class Lamp extends StateMachine<"off" | "on", number> {
 *   init() {
 *     return next("off", 0)
 *   }
 *   handle(_event: MachineEvent, state: "off" | "on", switched: number) {
 *     return next(state === "off" ? "on" : "off", switched + 1)
 *   }
 * }
 * await using system = new System()
 * const lamp = await system.start(Lamp)
 * lamp.send("switch")
 * console.log(await lamp.getState())
 * // prints: { state: 'on', data: 1 }
 * ```
 */
export function next<const State>(state: State, data?: undefined, actions?: Actions): Move<State, never>
export function next<const State, Data>(state: State, data: Data, actions?: Actions): Move<State, Data>
export function next(state: unknown, data?: unknown, actions?: Actions): Move<unknown, unknown> {
  return new Move<unknown, unknown>("next", state, data, data !== undefined, listed(actions), null)
}

/**
 * Stays in the state, with other data unless that is undefined. Erlang: `keep_state`,
 * `keep_state_and_data`.
 *
 * @example
 * ```ts
 * import { keep, type MachineEvent, next, StateMachine, System } from "@vivarium/actors"
 *
 * class Counter extends StateMachine<"counting", number> {
 *   init() {
 *     return next("counting", 0)
 *   }
 *   handle(event: MachineEvent, _state: "counting", count: number) {
 *     return event.type === "info" ? keep(count + 1) : keep()
 *   }
 * }
 * await using system = new System()
 * const counter = await system.start(Counter)
 * counter.send("tick")
 * console.log(await counter.getState())
 * // prints: { state: 'counting', data: 1 }
 * ```
 */
export function keep(data?: undefined, actions?: Actions): Move<never, never>
export function keep<Data>(data: Data, actions?: Actions): Move<never, Data>
export function keep(data?: unknown, actions?: Actions): Move<never, never> {
  return data === undefined && actions === undefined ? KEEP : new Move<never, never>("keep", undefined as never, data as never, data !== undefined, listed(actions), null)
}

/**
 * Enters the same state anew: like `keep`, but the enter call is made again. It is no change of the state, so what was put off stays so, and the state
 * time-out runs on. Erlang: `repeat_state`, `repeat_state_and_data`.
 *
 * @example
 * ```ts
 * import { keep, type MachineEvent, next, repeat, StateMachine, System } from "@vivarium/actors"
 *
 * class Game extends StateMachine<"playing"> {
 *   static readonly enterCalls = true
 *   init() {
 *     return next("playing")
 *   }
 *   handle(event: MachineEvent) {
 *     if (event.type !== "enter") return repeat()
 *     console.log("a new game")
 *     return keep()
 *   }
 * }
 * await using system = new System()
 * const game = await system.start(Game)
 * game.send("again")
 * await game.getState()
 * // prints: a new game
 * // prints: a new game
 * ```
 */
export function repeat(data?: undefined, actions?: Actions): Move<never, never>
export function repeat<Data>(data: Data, actions?: Actions): Move<never, Data>
export function repeat(data?: unknown, actions?: Actions): Move<never, never> {
  return data === undefined && actions === undefined ? REPEAT : new Move<never, never>("repeat", undefined as never, data as never, data !== undefined, listed(actions), null)
}

/**
 * Answers calls, then ends the machine: `terminate` runs after the answers. `stop(reason)` alone does the same without them. Erlang: `{stop_and_reply, Reason, Replies}`.
 *
 * @example
 * ```ts
 * import { ExitReason, keep, type MachineEvent, next, reply, StateMachine, stopAndReply, System } from "@vivarium/actors"
 *
 * interface Calls {
 *   close(): string
 * }
 * class Shop extends StateMachine<"open", undefined, Calls> {
 *   init() {
 *     return next("open")
 *   }
 *   handle(event: MachineEvent<"open", Calls>) {
 *     return event.type === "call" ? stopAndReply(ExitReason.normal, reply(event.from, "good night")) : keep()
 *   }
 * }
 * await using system = new System()
 * const shop = system.spawn(Shop)
 * console.log(await shop.call.close())
 * // prints: good night
 * ```
 */
export function stopAndReply<Data = never>(reason: ExitReason, replies: ReplyAction | readonly ReplyAction[], ...data: [data?: Data]): Move<never, Data> {
  checkReason("reason", reason)
  return new Move<never, Data>("stopAndReply", undefined as never, data[0] as Data, data.length > 0, listed(replies), reason)
}
