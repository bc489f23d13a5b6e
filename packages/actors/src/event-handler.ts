/** Handlers of an event manager: what they can do, how they are called by name, and what they may return. */
import { InvalidArgumentError, type Outcome } from "@vivarium/core"
import { brand } from "./brand.ts"
import { describeValue } from "./describe.ts"
import type { ExitReason } from "./exit-reason.ts"
import type { Ref } from "./ref.ts"

/**
 * What handles the events of an `EventManager<E>`: a class, of which the manager makes an object, or an object of your own. Its methods may be
 * plain, generator or async; they run in the manager's process, one after another. What any but `init` raises takes the handler off, and `refuse()`
 * does not. `handleEvent`, `handleCall` and `info` may return `removeHandler()` or `swapHandler()`.
 */
export interface EventHandler<E = unknown> {
  /** Called when it is added, with the argument of `add`; if it raises, the handler is not added. After a swap, told what the one before left. */
  init?(argument: never, swapped: Swapped): unknown
  /** Called with each event. */
  readonly handleEvent: (event: E) => unknown
  /** Called with a request of `call`; answers it. */
  handleCall?(request: never): unknown
  /** Called with each plain message to the manager. */
  info?(message: unknown): unknown
  /**
   * Called last: with the argument of `delete`, or of the swap; else with why, as an exit reason: `normal` if it took itself off, `error` if it failed,
   * what the owner of a supervised one or the manager itself has ended with. Its result is what `delete` gives, and what a swap hands over.
   */
  terminate?(why: never): unknown
  /** What `getState` of the manager sees; else a copy of its public own fields. */
  snapshot?(): unknown
}

/** A class of handlers. */
export type EventHandlerClass<H> = new () => H

/** How a handler is called: by its class, by class and id where there are several of one class, or by itself if it is an object. */
export type HandlerName<H = EventHandler<never>> = EventHandlerClass<H> | readonly [handler: EventHandlerClass<H>, id: unknown] | H

/** What the handler before has left to the one that takes its place. */
export interface Swapped {
  /** Whether there was one. The new one is added anyway. */
  readonly found: boolean
  /** What its `terminate` gave. */
  readonly result: unknown
  /** What its `terminate` threw, if it did. */
  readonly error?: unknown
}

/** The argument of a handler's `init`; it can be left out where `init` allows that. */
export type InitArgument<H> = H extends { init(argument: infer A, ...rest: never[]): unknown } ? (undefined extends A ? [argument?: A] : [argument: A]) : [argument?: undefined]

/** What a handler takes as a request. */
export type RequestOf<H> = H extends { handleCall(request: infer R): unknown } ? R : never

/** What a handler answers. */
export type AnswerOf<H> = H extends { handleCall(request: never): infer R } ? Answered<Outcome<R>> : never

type Answered<R> = R extends HandlerResult<infer T> ? T : R

/** A handler that has failed, as `system.events` tells it. */
export interface HandlerCrash {
  /** The manager. */
  readonly ref: Ref<unknown>
  /** Which handler. */
  readonly handler: HandlerName
  /** Which of its methods. */
  readonly method: string
  /** The event, the request or the message. */
  readonly message: unknown
  /** What it threw. */
  readonly error: unknown
}

/** What `removeHandler` and `swapHandler` make. */
export class HandlerResult<R> {
  /** The answer, if it was a call. */
  readonly reply: R
  /** Who takes its place, if anybody. */
  readonly fresh: HandlerName | undefined
  /** What the `init` of that one is given. */
  readonly argument: unknown

  /** @internal */
  constructor(reply: R, fresh: HandlerName | undefined, argument: unknown) {
    this.reply = reply
    this.fresh = fresh
    this.argument = argument
  }
}

brand(HandlerResult, "HandlerResult")

/**
 * Returned by a handler: takes it off, after its `terminate`. Of a call, with the answer. Erlang: `remove_handler`.
 *
 * @example
 * ```ts
 * import { EventManager, removeHandler, System } from "@vivarium/actors"
 *
 * class First {
 *   handleEvent(bee: string) {
 *     console.log(`${bee} came first`)
 *     return removeHandler()
 *   }
 * }
 * await using system = new System()
 * const visits = system.spawn(EventManager<string>)
 * await visits.call.add(First)
 * for (const bee of ["Maya", "Willy"]) await visits.call.notify(bee)
 * console.log(await visits.call.handlers())
 * // prints: Maya came first
 * // prints: []
 * ```
 */
export function removeHandler<R = undefined>(...reply: [reply?: R]): HandlerResult<R> {
  return new HandlerResult(reply[0] as R, undefined, undefined)
}

/**
 * Returned by a handler: puts another one in its place, which is told what its `terminate` gave. Of a call, with the answer. Erlang:
 * `{swap_handler, …}`.
 *
 * @example
 * ```ts
 * import { EventManager, type Swapped, swapHandler, System } from "@vivarium/actors"
 *
 * class Night {
 *   init(_argument: undefined, { result }: Swapped) {
 *     console.log(`${result} bees by day`)
 *   }
 *   handleEvent(bee: string) {
 *     console.log(`${bee} is late`)
 *   }
 * }
 * class Day {
 *   #bees = 0
 *   handleEvent(bee: string) {
 *     this.#bees++
 *     return bee === "Willy" ? swapHandler(Night) : undefined
 *   }
 *   terminate() {
 *     return this.#bees
 *   }
 * }
 * await using system = new System()
 * const visits = system.spawn(EventManager<string>)
 * await visits.call.add(Day)
 * for (const bee of ["Maya", "Willy", "Flip"]) await visits.call.notify(bee)
 * // prints: 2 bees by day
 * // prints: Flip is late
 * ```
 */
export function swapHandler<H, R = undefined>(fresh: HandlerName<H>, argument?: InitArgument<H>[0], ...reply: [reply?: R]): HandlerResult<R> {
  return new HandlerResult(reply[0] as R, fresh as HandlerName, argument)
}

/** Why a supervised handler is gone. */
export type HandlerExitReason = ExitReason | { readonly kind: "swapped"; readonly by: HandlerName }

/**
 * The news that a supervised handler is gone: a message to whoever added it. `normal`: it was deleted, or took itself off; `shutdown`: the manager
 * ends; `error`: it failed; `swapped`: another one has taken its place, which belongs to the same process. Erlang: `gen_event_EXIT`.
 */
export class HandlerExit {
  /** The manager. */
  readonly manager: Ref<unknown>
  /** Which handler. */
  readonly handler: HandlerName
  /** Why. */
  readonly reason: HandlerExitReason

  /** @internal */
  constructor(manager: Ref<unknown>, handler: HandlerName, reason: HandlerExitReason) {
    this.manager = manager
    this.handler = handler
    this.reason = reason
  }
}

brand(HandlerExit, "HandlerExit")

/** Makes the handler of a name; raises what its constructor does. */
export function makeHandler(name: HandlerName): EventHandler<unknown> {
  const { what } = partsOf(name)
  const handler = typeof what === "function" ? new (what as EventHandlerClass<object>)() : what
  if (typeof (handler as Partial<EventHandler>).handleEvent === "function") return handler as EventHandler<unknown>
  throw new InvalidArgumentError("handler", handler, "something with a method handleEvent", "right: class Printer { handleEvent(event) { … } }")
}

/** Whether two names are of the same handler. */
export function sameHandler(a: HandlerName, b: HandlerName): boolean {
  const one = partsOf(a)
  const other = partsOf(b)
  return one.what === other.what && Object.is(one.id, other.id)
}

/** A handler's name in words. */
export function describeHandler(name: HandlerName): string {
  const { id, what } = partsOf(name)
  const kind = typeof what === "function" ? what.name : what.constructor?.name
  const called = kind === undefined || kind === "" || kind === "Object" ? "a handler without a class" : kind
  return id === undefined ? called : `${called} (${typeof id === "string" ? id : describeValue(id)})`
}

interface NameParts {
  readonly what: (new () => unknown) | object
  readonly id: unknown
}

/** Refuses what names no handler. */
export function checkHandler(name: unknown): void {
  const { what } = partsOf(name as HandlerName)
  if ((typeof what === "object" && what !== null) || typeof what === "function") return
  throw new InvalidArgumentError("handler", name, "a class of handlers, a class and an id, or an object that handles events", 'right: manager.call.add(Printer), manager.call.add([Printer, "errors"])')
}

function partsOf(name: HandlerName): NameParts {
  if (!Array.isArray(name)) return { what: name as NameParts["what"], id: undefined }
  const [what, id] = name as readonly [NameParts["what"], unknown]
  return { what, id }
}
