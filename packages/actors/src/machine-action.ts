/** Actions: what a state machine asks for along with a transition. They are checked when they are made, and done in their order. */
import { show } from "@vivarium/core/lowlevel"
import { brand } from "./brand.ts"
import { ActorError } from "./errors.ts"
import { Later } from "./later.ts"
import { faultOfEvent, type InsertableEvent } from "./machine-event.ts"

/** What is asked for along with a transition: made by `reply`, `postpone`, `nextEvent`, `stateTimeout`, `eventTimeout` and `timeout`. */
export abstract class Action {
  abstract readonly kind: "reply" | "postpone" | "nextEvent" | "timeout"
}

brand(Action, "Action")

/** What `reply` makes. */
export class ReplyAction extends Action {
  readonly kind = "reply"
  /** Whom. */
  readonly from: Later
  /** With what. */
  readonly value: unknown

  /** @internal */
  constructor(from: Later, value: unknown) {
    super()
    this.from = from
    this.value = value
  }
}

export class PostponeAction extends Action {
  readonly kind = "postpone"
}

export class NextEventAction extends Action {
  readonly kind = "nextEvent"
  readonly event: InsertableEvent

  constructor(event: InsertableEvent) {
    super()
    this.event = event
  }
}

/** How a time-out is set: so many milliseconds from now, at a time, with another content, or not at all. */
export type Setting = "after" | "at" | "update" | "cancel"

export class TimeoutAction extends Action {
  readonly kind = "timeout"
  /** Which time-out. */
  readonly key: unknown
  readonly setting: Setting
  readonly time: number
  readonly content: unknown

  constructor(key: unknown, setting: Setting, time: number, content: unknown) {
    super()
    this.key = key
    this.setting = setting
    this.time = time
    this.content = content
  }
}

/** The key of the state time-out. */
export const STATE_TIMEOUT: unique symbol = Symbol("stateTimeout")
/** The key of the event time-out. */
export const EVENT_TIMEOUT: unique symbol = Symbol("eventTimeout")

/** A type that is looked up, not inferred, where it stands: TypeScript has that by itself (`NoInfer`) from 5.4 on. */
type NotInferred<T> = [T][T extends unknown ? 0 : never]

/**
 * Answers a call. It is done at once, before the transition goes on. Raises ActorError with the code `bad_action` if `from` is no right to
 * answer. A second answer is a counted late reply. Erlang: `{reply, From, Reply}`.
 *
 * @example
 * ```ts
 * import { keep, type MachineEvent, next, reply, StateMachine, System } from "@vivarium/actors"
 *
 * interface Calls {
 *   greet(name: string): string
 * }
 * class Greeter extends StateMachine<"idle", undefined, Calls> {
 *   init() {
 *     return next("idle")
 *   }
 *   handle(event: MachineEvent<"idle", Calls>) {
 *     return event.type === "call" ? keep(undefined, reply(event.from, `hello ${event.args[0]}`)) : keep()
 *   }
 * }
 * await using system = new System()
 * console.log(await system.spawn(Greeter).call.greet("Maya"))
 * // prints: hello Maya
 * ```
 */
export function reply(from: Later<void>): ReplyAction
export function reply<T>(from: Later<T>, value: NotInferred<T>): ReplyAction
export function reply(from: unknown, value?: unknown): ReplyAction {
  if (!(from instanceof Later)) throw new ActorError("bad_action", `reply() needs the from of a call, or what replyLater() gave, but got ${show(from)}. right: reply(event.from, value)`)
  return new ReplyAction(from, value)
}

const POSTPONE = new PostponeAction()

/**
 * Puts the current event off until the state has changed: then it is handled again, before all events that are newer. Its caller goes on
 * waiting. Nothing comes of it in `init`; an enter call cannot be put off. Erlang: `postpone`.
 *
 * @example
 * ```ts
 * import { keep, type MachineEvent, next, postpone, reply, StateMachine, System } from "@vivarium/actors"
 *
 * interface Calls {
 *   open(): void
 *   enter(who: string): string
 * }
 * class Door extends StateMachine<"open" | "closed", undefined, Calls> {
 *   init() {
 *     return next("closed")
 *   }
 *   handle(event: MachineEvent<"open" | "closed", Calls>, state: "open" | "closed") {
 *     if (event.type === "cast" && event.name === "open") return next("open")
 *     if (event.type !== "call" || event.name !== "enter") return keep()
 *     return state === "closed" ? keep(undefined, postpone()) : keep(undefined, reply(event.from, `${event.args[0]} is in`))
 *   }
 * }
 * await using system = new System()
 * const door = system.spawn(Door)
 * const guest = door.request.enter("Willy")
 * door.cast.open()
 * console.log(await guest)
 * // prints: Willy is in
 * ```
 */
export function postpone(): Action {
  return POSTPONE
}

/**
 * Inserts an event before all that wait already. Several are handled in the order of the list. Any event can be made up, be it one that looks
 * like a call; `internal` ones come from here alone. Raises ActorError with the code `bad_action` if it is no event. Erlang: `next_event`.
 *
 * @example
 * ```ts
 * import { keep, type MachineEvent, next, nextEvent, StateMachine, System } from "@vivarium/actors"
 *
 * class Oven extends StateMachine<"cold" | "hot"> {
 *   init() {
 *     return next("cold", undefined, nextEvent({ type: "internal", content: "heat" }))
 *   }
 *   handle(event: MachineEvent) {
 *     if (event.type !== "internal") return keep()
 *     console.log(event.content)
 *     return next("hot")
 *   }
 * }
 * await using system = new System()
 * await system.start(Oven)
 * // prints: heat
 * ```
 */
export function nextEvent(event: InsertableEvent): Action {
  const fault = faultOfEvent(event)
  if (fault !== null) throw fault
  return new NextEventAction(event)
}

/** Makes the actions of one time-out. Setting it again replaces it, whether it runs or has come already and was not handled yet. */
export interface TimeoutMaker {
  /**
   * Comes after so many milliseconds. 0: after what has been put off and inserted, but before whatever comes from outside. Null or Infinity cancels
   * it. Raises ActorError with the code `bad_action` for other numbers.
   */
  (ms: number | null, content?: unknown): Action
  /** Comes at a time of the scheduler's clock, `this.system.scheduler.clock.now()`; at once if that is past. Null or Infinity cancels it. */
  at(time: number | null, content?: unknown): Action
  /** Changes what it brings, and not when. One that does not run comes at once, as if set with 0. */
  update(content: unknown): Action
  /** Takes it back, also if it has come already and was not handled yet. */
  cancel(): Action
}

function makerOf(key: unknown, what: string): TimeoutMaker {
  const set = (setting: "after" | "at", time: unknown, content: unknown): Action => {
    if (time === null || time === Infinity) return new TimeoutAction(key, "cancel", 0, undefined)
    if (typeof time !== "number" || !(setting === "at" ? Number.isFinite(time) : time >= 0)) throw badTime(what, setting, time)
    return new TimeoutAction(key, setting, time, content)
  }
  return Object.assign((ms: number | null, content?: unknown) => set("after", ms, content), {
    at: (time: number | null, content?: unknown) => set("at", time, content),
    update: (content: unknown) => new TimeoutAction(key, "update", 0, content),
    cancel: () => new TimeoutAction(key, "cancel", 0, undefined),
  })
}

function badTime(what: string, setting: "after" | "at", time: unknown): ActorError {
  const allowed = setting === "at" ? "a time of the scheduler's clock" : "milliseconds, 0 or more"
  return new ActorError("bad_action", `${setting === "at" ? `${what}.at` : what}() takes ${allowed}, or null to cancel it, but got ${show(time)}. right: ${what}${setting === "at" ? ".at(clock.now() + 250)" : "(250)"}`)
}

/**
 * The time-out of the state: a change of the state takes it back, other events leave it alone. Set along with a change it is for the new state. Erlang:
 * `state_timeout`.
 *
 * @example
 * ```ts
 * import { keep, type MachineEvent, next, StateMachine, stateTimeout, System } from "@vivarium/actors"
 * import { sleep } from "@vivarium/core"
 *
 * class Lamp extends StateMachine<"on" | "off"> {
 *   init() {
 *     return next("on", undefined, stateTimeout(5, "saves power"))
 *   }
 *   handle(event: MachineEvent) {
 *     if (event.type !== "stateTimeout") return keep()
 *     console.log(event.content)
 *     return next("off")
 *   }
 * }
 * await using system = new System()
 * const lamp = await system.start(Lamp)
 * await sleep(20)
 * console.log(await lamp.getState())
 * // prints: saves power
 * // prints: { state: 'off', data: undefined }
 * ```
 */
export const stateTimeout: TimeoutMaker = makerOf(STATE_TIMEOUT, "stateTimeout")

/**
 * The event time-out: comes if no other event does before; any event takes it back, also one that was inserted or put off, or another time-out. Requests of
 * tools do not. Erlang: `timeout`.
 *
 * @example
 * ```ts
 * import { eventTimeout, keep, type MachineEvent, next, StateMachine, System } from "@vivarium/actors"
 * import { sleep } from "@vivarium/core"
 *
 * class Listener extends StateMachine<"listening"> {
 *   init() {
 *     return next("listening", undefined, eventTimeout(5, "nobody there?"))
 *   }
 *   handle(event: MachineEvent) {
 *     if (event.type === "eventTimeout") console.log(event.content)
 *     return keep()
 *   }
 * }
 * await using system = new System()
 * await system.start(Listener)
 * await sleep(20)
 * // prints: nobody there?
 * ```
 */
export const eventTimeout: TimeoutMaker = makerOf(EVENT_TIMEOUT, "eventTimeout")

/**
 * A time-out with a name of its own: there may be as many as there are names, and neither events nor changes of the state touch them. A name is any value;
 * objects are told apart by identity. `timeout(name, ms, content)` sets it, `timeout(name)` gives its maker for all the rest. Erlang: `{timeout, Name}`.
 *
 * @example
 * ```ts
 * import { keep, type MachineEvent, next, StateMachine, System, timeout } from "@vivarium/actors"
 * import { sleep } from "@vivarium/core"
 *
 * class Kitchen extends StateMachine<"cooking"> {
 *   init() {
 *     return next("cooking", undefined, [timeout("eggs", 100, "soft"), timeout("bread", 150)])
 *   }
 *   handle(event: MachineEvent) {
 *     if (event.type !== "timeout") return keep(undefined, timeout("eggs").update("hard"))
 *     console.log(event.name, event.content)
 *     return keep()
 *   }
 * }
 * await using system = new System()
 * const kitchen = await system.start(Kitchen)
 * kitchen.send("one minute more, please")
 * await sleep(250)
 * // prints: eggs hard
 * // prints: bread undefined
 * ```
 */
export function timeout(name: unknown): TimeoutMaker
export function timeout(name: unknown, ms: number | null, content?: unknown): Action
export function timeout(name: unknown, ...set: [] | [ms: number | null, content?: unknown]): TimeoutMaker | Action {
  const maker = makerOf(name, `timeout(${show(name)})`)
  return set.length === 0 ? maker : maker(...set)
}
