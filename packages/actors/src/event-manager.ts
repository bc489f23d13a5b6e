/** Event managers: one process, many handlers. Erlang's gen_event. */
import { call, type Operation, type Routine } from "@vivarium/core"
import { Actor } from "./actor.ts"
import { stackOf } from "./crash-report.ts"
import { describeError } from "./describe.ts"
import { EventHandlerError, Refusal, refuse } from "./errors.ts"
import {
  type AnswerOf, checkHandler, describeHandler, type EventHandler, HandlerExit, type HandlerExitReason, type HandlerName, HandlerResult, type InitArgument, makeHandler, type RequestOf,
  sameHandler, type Swapped,
} from "./event-handler.ts"
import { ExitReason } from "./exit-reason.ts"
import { tellNews } from "./news.ts"
import type { Ref } from "./ref.ts"
import { snapshotOf } from "./snapshot.ts"

/** What `ref.call` of an event manager offers. All but `notify` and `syncNotify` raise CallError, whose `cause` says what is wrong. */
export interface EventManagerCalls<E> {
  /** Adds a handler, behind those that are there. Fails with what its `init` threw. */
  readonly add: <H extends EventHandler<E>>(handler: HandlerName<H>, ...argument: InitArgument<H>) => Operation<void>
  /** The same, tied to the process that calls: see `EventManager`. */
  readonly addSupervised: <H extends EventHandler<E>>(handler: HandlerName<H>, ...argument: InitArgument<H>) => Operation<void>
  /** Passes when all handlers have handled the event. */
  readonly notify: (event: E) => Operation<void>
  /** The same, by its name in OTP. */
  readonly syncNotify: (event: E) => Operation<void>
  /** Asks one handler, and gives its answer. */
  readonly call: <H extends EventHandler<never>>(handler: HandlerName<H>, request: RequestOf<H>) => Operation<AnswerOf<H>>
  /** Takes a handler off; gives what its `terminate` returned when it was called with the argument. */
  readonly delete: (handler: HandlerName, argument?: unknown) => Operation<unknown>
  /** Puts a handler in the place of another, which is told what that one's `terminate` gave when it was called with the last argument. */
  readonly swap: <H extends EventHandler<E>>(old: HandlerName, fresh: HandlerName<H>, argument?: InitArgument<H>[0], oldArgument?: unknown) => Operation<void>
  /** The names of the handlers, in the order in which they are called. */
  readonly handlers: () => Operation<readonly HandlerName[]>
}

/**
 * Tells events to handlers, each with a state of its own, one after another in the order in which they were added (OTP calls the newest first). `E` is
 * what events are. It is an actor: `ref.cast.notify(event)` tells an event and goes on, `ref.call.notify(event)` waits until all have handled it.
 * `ref.send(message)` reaches the `info` of every handler.
 *
 * A handler that fails is taken off, told as `handlerCrash` by `system.events`, and hurts nobody else. One that was added by `addSupervised` belongs to the
 * process that added it: they are linked, the handler goes when that process ends, and the process is sent a `HandlerExit` when the handler is gone.
 *
 * All handlers share one process, so a slow one holds up the others: if that matters, use actors that join a group of `Groups`, or a `Registry` with duplicate keys.
 * Source: Erlang's gen_event.
 *
 * @example
 * ```ts
 * import { EventManager, System } from "@vivarium/actors"
 *
 * class Tally {
 *   count = 0
 *   handleEvent(flower: string) {
 *     this.count++
 *     console.log("visited", flower)
 *   }
 *   handleCall(_request: "count") {
 *     return this.count
 *   }
 * }
 * await using system = new System()
 * const visits = system.spawn(EventManager<string>)
 * await visits.call.add(Tally)
 * visits.cast.notify("rose")
 * await visits.call.notify("daisy")
 * console.log(await visits.call.call(Tally, "count"))
 * // prints: visited rose
 * // prints: visited daisy
 * // prints: 2
 * ```
 */
export class EventManager<E = unknown> extends Actor {
  /** Only the compiler knows it. */
  declare readonly "~call": EventManagerCalls<E>
  readonly #installed: Installed[] = []
  /** Whom this manager has linked itself to, rather than anybody else. */
  readonly #linked = new Set<Ref<unknown>>()

  /** Called by the system alone. */
  constructor() {
    super()
    this.trapExit = true
  }

  /** See `EventManagerCalls`. */
  *add(handler: HandlerName<EventHandler<E>>, argument?: unknown): Routine {
    yield* this.#install(handler as HandlerName, undefined, this.#installed.length, [argument])
  }

  /** See `EventManagerCalls`. */
  *addSupervised(handler: HandlerName<EventHandler<E>>, argument?: unknown): Routine {
    const owner = this.sender
    if (owner === undefined) throw refuse(new EventHandlerError("no_owner", "addSupervised() ties a handler to the process that calls, and it was no process. Use add(), or manager.with({ from: this })."))
    yield* this.#install(handler as HandlerName, owner, this.#installed.length, [argument])
    this.#tie(owner)
  }

  /** See `EventManagerCalls`. */
  *notify(event: E): Routine {
    yield* this.#tellAll("handleEvent", event)
  }

  /** See `EventManagerCalls`. */
  syncNotify(event: E): Routine {
    return this.notify(event)
  }

  /** See `EventManagerCalls`. */
  *call(handler: HandlerName, request: unknown): Routine<unknown> {
    const one = this.#need(handler)
    try {
      return yield* this.#perform(one, "handleCall", request)
    } catch (error) {
      if (error instanceof Refusal) throw error
      yield* this.#failed(one, "handleCall", request, error)
      throw refuse(new EventHandlerError("handler_crashed", `${describeHandler(handler)} failed, and was taken off: ${describeError(error)}`, { cause: error }))
    }
  }

  /** See `EventManagerCalls`. */
  *delete(handler: HandlerName, argument?: unknown): Routine<unknown> {
    const { error, result } = yield* this.#remove(this.#need(handler), argument, ExitReason.normal)
    if (error === undefined) return result
    throw refuse(new EventHandlerError("handler_crashed", `${describeHandler(handler)} failed in terminate(): ${describeError(error)}`, { cause: error }))
  }

  /** See `EventManagerCalls`. */
  *swap(old: HandlerName, fresh: HandlerName<EventHandler<E>>, argument?: unknown, oldArgument?: unknown): Routine {
    yield* this.#replace(old, fresh as HandlerName, argument, oldArgument)
  }

  /** See `EventManagerCalls`. */
  handlers(): readonly HandlerName[] {
    return this.#installed.map(({ name }) => name)
  }

  /** A plain message is for all handlers. */
  *info(message: unknown): Routine {
    yield* this.#tellAll("info", message)
  }

  /** The end of a process takes those handlers away that it has added supervised. */
  *exit(from: Ref<unknown> | undefined, reason: ExitReason): Routine {
    if (from === undefined) return
    this.#linked.delete(from)
    for (const one of this.#installed.filter(({ owner }) => owner === from)) {
      one.owner = undefined
      yield* this.#remove(one, reason, reason)
    }
  }

  /** All handlers end with it, in their order. */
  *terminate(reason: ExitReason): Routine {
    for (let [one] = this.#installed; one !== undefined; [one] = this.#installed) yield* this.#remove(one, reason, ExitReason.shutdown)
  }

  /** What tools see: the handlers and their states. */
  snapshot(): unknown {
    return this.#installed.map(({ handler, name }) => ({ handler: name, state: snapshotOf(handler) }))
  }

  *#tellAll(method: "handleEvent" | "info", message: unknown): Routine {
    for (const one of this.#installed.slice()) {
      if (one.handler[method] === undefined) continue
      try {
        yield* this.#perform(one, method, message)
      } catch (error) {
        if (error instanceof Refusal) this.#refused(method, error)
        else yield* this.#failed(one, method, message, error)
      }
    }
  }

  /** Runs a method, and does what its result asks for; gives the result, or the answer in it. */
  *#perform(one: Installed, method: "handleEvent" | "handleCall" | "info", message: unknown): Routine<unknown> {
    const handler = one.handler as unknown as Record<string, ((message: unknown) => unknown) | undefined>
    if (handler[method] === undefined) throw refuse(new EventHandlerError("no_handler", `${describeHandler(one.name)} has no method ${method}.`))
    const result: unknown = yield* call(() => handler[method]?.(message))
    if (!(result instanceof HandlerResult)) return result
    if (result.fresh === undefined) yield* this.#remove(one, ExitReason.normal, ExitReason.normal)
    else yield* this.#replaceItself(one, result.fresh, result.argument)
    return result.reply
  }

  *#install(name: HandlerName, owner: Ref<unknown> | undefined, at: number, args: readonly unknown[]): Routine {
    if (this.#find(name) !== undefined) {
      throw refuse(new EventHandlerError("already_added", `${this.self.toString()} has ${describeHandler(name)} already. Give each of several an id: add([Printer, "errors"]).`))
    }
    try {
      const handler = makeHandler(name)
      yield* call(() => (handler as { init?(...args: readonly unknown[]): unknown }).init?.(...args))
      this.#installed.splice(at, 0, { name, handler, owner })
    } catch (error) {
      throw error instanceof Refusal ? error : refuse(error)
    }
  }

  /** Nobody has asked for the new one, so nobody is told but the reports if it fails. */
  *#replaceItself(one: Installed, fresh: HandlerName, argument: unknown): Routine {
    try {
      yield* this.#replace(one.name, fresh, argument, ExitReason.normal)
    } catch (error) {
      this.#report(fresh, "init", argument, error instanceof Refusal ? error.error : error)
    }
  }

  /** The new one stands where the old one stood, or last; who owned the old one owns the new one. */
  *#replace(old: HandlerName, fresh: HandlerName, argument: unknown, oldArgument: unknown): Routine {
    const one = this.#find(old)
    this.#check(fresh)
    const at = one === undefined ? this.#installed.length : this.#installed.indexOf(one)
    let swapped: Swapped = { found: false, result: undefined }
    if (one !== undefined) {
      const { error, result } = yield* this.#remove(one, oldArgument, { kind: "swapped", by: fresh })
      swapped = error === undefined ? { found: true, result } : { found: true, result, error }
    }
    const owner = one?.owner
    try {
      yield* this.#install(fresh, owner, at, [argument, swapped])
    } catch (error) {
      if (owner !== undefined) this.#tellOwner(owner, fresh, ExitReason.error((error as Refusal).error))
      throw error
    }
    if (owner !== undefined) this.#tie(owner)
  }

  /** Takes a handler off; gives what its `terminate` returned or threw. */
  *#remove(one: Installed, why: unknown, reason: HandlerExitReason): Routine<{ readonly result: unknown; readonly error: unknown }> {
    this.#installed.splice(this.#installed.indexOf(one), 1)
    let result: unknown
    let error: unknown
    try {
      result = yield* call(() => (one.handler as { terminate?(why: unknown): unknown }).terminate?.(why))
    } catch (thrown) {
      error = thrown
      this.#report(one.name, "terminate", why, thrown)
    }
    if (one.owner !== undefined) {
      this.#tellOwner(one.owner, one.name, reason)
      this.#untie(one.owner)
    }
    return { result, error }
  }

  *#failed(one: Installed, method: string, message: unknown, error: unknown): Routine {
    this.#report(one.name, method, message, error)
    const reason = ExitReason.error(error)
    yield* this.#remove(one, reason, reason)
  }

  #report(handler: HandlerName, method: string, message: unknown, error: unknown): void {
    const { events, log } = this["~cell"].world
    events.emit("handlerCrash", { ref: this.self, handler, method, message, error })
    log?.([`${this.self.toString()} took ${describeHandler(handler)} off, which failed in ${method}(): ${describeError(error)}`, ...stackOf(error)].join("\n"))
  }

  #refused(method: string, { error }: Refusal): void {
    const { counters, events } = this["~cell"].world
    counters.refusedCasts++
    events.emit("refusedCast", { ref: this.self, method, error })
  }

  #tellOwner(owner: Ref<unknown>, handler: HandlerName, reason: HandlerExitReason): void {
    const cell = owner["~resolve"]()
    if (cell !== null) tellNews(cell, new HandlerExit(this.self, handler, reason))
  }

  #tie(owner: Ref<unknown>): void {
    const cell = owner["~resolve"]()
    if (this.#linked.has(owner) || (cell !== null && this["~cell"].extras?.links?.has(cell) === true)) return
    this.link(owner)
    this.#linked.add(owner)
  }

  /** When the last of its handlers is gone; a manager that ends leaves the link to tell so. */
  #untie(owner: Ref<unknown>): void {
    if (!this["~cell"].alive || this.#installed.some((other) => other.owner === owner) || !this.#linked.delete(owner)) return
    this.unlink(owner)
  }

  #find(name: HandlerName): Installed | undefined {
    this.#check(name)
    return this.#installed.find((one) => sameHandler(one.name, name))
  }

  /** A wrong name is the caller's mistake: it does not end the manager. */
  #check(name: unknown): void {
    try {
      checkHandler(name)
    } catch (error) {
      throw refuse(error)
    }
  }

  #need(name: HandlerName): Installed {
    const found = this.#find(name)
    if (found !== undefined) return found
    const known = this.#installed.map((one) => describeHandler(one.name)).join(", ")
    throw refuse(new EventHandlerError("no_handler", `${this.self.toString()} has no handler ${describeHandler(name)}. It has ${known === "" ? "none" : known}.`))
  }
}

interface Installed {
  readonly name: HandlerName
  readonly handler: EventHandler<unknown>
  /** Who has added it supervised, and has not ended. */
  owner: Ref<unknown> | undefined
}
