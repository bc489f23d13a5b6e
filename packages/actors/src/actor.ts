/** Actors: living objects. A class of your own, whose methods are its messages. */
import { checkDuration } from "@vivarium/core/lowlevel"
import { InvalidArgumentError } from "@vivarium/core"
import { BECOME, type Cell } from "./cell.ts"
import { currentEnvelope } from "./current-envelope.ts"
import { CALL } from "./envelope.ts"
import { ActorError } from "./errors.ts"
import { extrasOf } from "./extras.ts"
import { Later, putOff } from "./later.ts"
import { clearIdle, startIdle } from "./idle-timeout.ts"
import { continueCell, live, Living } from "./living.ts"
import type { Ref } from "./ref.ts"
import type { Request } from "./request.ts"
import { claimCell } from "./self.ts"
import { stashCurrent, unstashAll } from "./stash.ts"
import { needCell } from "./current.ts"

/**
 * The base of living objects. Public methods are messages: plain, generator or async; one is handled at a time, also while it waits. An
 * error that a method throws ends the actor, unless it was made with `refuse()`.
 *
 * The system calls by itself, where they are defined: `init(...args)`, `info(message)` for what is no method call, `exit(from, reason)` when
 * it traps exits, `down(monitor, from, reason)` when it monitors, `terminate(reason)`, `snapshot()` and `restore(state)` for tools.
 * A getter or a field is no message. Of the family of Erlang's gen_server.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 *
 * class Counter extends Actor {
 *   #count = 0
 *   init(start = 0) {
 *     this.#count = start
 *   }
 *   increment(by = 1) {
 *     this.#count += by
 *     return this.#count
 *   }
 * }
 * await using system = new System()
 * const counter = system.spawn(Counter, { args: [10] })
 * counter.cast.increment(5)
 * console.log(await counter.call.increment())
 * // prints: 16
 * ```
 */
export abstract class Actor extends Living {
  readonly #cell: Cell

  /** Called by the system alone: see `System.spawn`. */
  constructor() {
    super()
    this.#cell = claimCell(new.target.name)
  }

  /** @internal */
  get "~cell"(): Cell {
    return this.#cell
  }

  /**
   * Promises to answer the current call later: return what this gives, keep it, and `reply` to it from wherever you like. Meanwhile the actor
   * handles other messages, so nobody hangs on it. Of a cast, nobody waits for the answer.
   */
  replyLater<T>(): Later<T> {
    const cell = live(this)
    const envelope = currentEnvelope(cell)
    if (envelope === null) throw new ActorError("no_message", `${cell.ref.toString()} handles no call that it could answer later.`)
    if (envelope.kind !== CALL) return new Later<T>(null)
    const request = envelope as Request
    putOff(cell, request)
    return new Later<T>(request)
  }

  /** Answers a call that was put off by `replyLater`, of this or another actor. The first answer counts. */
  reply<T>(later: Later<T>, value: T): void {
    live(this)
    if (!(later instanceof Later)) throw new InvalidArgumentError("later", later, "what replyLater() gave")
    later.reply(value)
  }

  /** Has a function of its own run before the next message, whatever is in the mailbox. Several run in order. Erlang: `{continue, Term}`. */
  continueWith(step: () => unknown): void {
    if (typeof step !== "function") throw new InvalidArgumentError("step", step, "a function", "right: this.continueWith(() => this.#load())")
    continueCell(live(this), step)
  }

  /**
   * Lets `info` have a message once nothing has come for so many milliseconds; any message at all cancels that. Null cancels it, too.
   * Erlang: the time-out of a gen_server's results.
   */
  setIdleTimeout(ms: number | null, message: unknown = "timeout"): void {
    const cell = live(this)
    clearIdle(cell)
    if (ms === null) return
    checkDuration("ms", ms, "this.setIdleTimeout(1000)")
    startIdle(cell, ms, message)
  }

  /** Puts the current message aside: it is not answered. `unstash()` brings it back. It outlives everything but the actor. */
  stash(): void {
    stashCurrent(live(this))
  }

  /** Puts all that was stashed before what is unread, in the old order; says how much that was. */
  unstash(): number {
    return unstashAll(live(this))
  }

  /** Overrides methods, until `unbecome()`: what is not overridden stays. They are called with the actor as `this`. */
  become<A = this>(overrides: Partial<A> & ThisType<A>): void {
    const cell = live(this)
    if (typeof overrides !== "object" || overrides === null) throw new InvalidArgumentError("overrides", overrides, "an object of methods")
    extrasOf(cell).behaviours.push(overrides as Readonly<Record<string, unknown>>)
    cell.flags |= BECOME
  }

  /** Takes the last overrides back; says whether there were any. */
  unbecome(): boolean {
    const cell = live(this)
    const { behaviours } = extrasOf(cell)
    const had = behaviours.pop() !== undefined
    if (behaviours.length === 0) cell.flags &= ~BECOME
    return had
  }
}

Object.defineProperty(Actor.prototype, "~actor", { value: true })

/**
 * The reference of an actor, typed: `this.self` does not know its class.
 *
 * @example
 * ```ts
 * import { Actor, selfOf, System } from "@vivarium/actors"
 *
 * class Clock extends Actor {
 *   init() {
 *     selfOf<Clock>(this).cast.tick(1)
 *   }
 *   tick(count: number) {
 *     console.log("tick", count)
 *   }
 * }
 * await using system = new System()
 * await system.start(Clock)
 * // prints: tick 1
 * ```
 */
export function selfOf<A extends Actor>(actor: A): Ref<A> {
  return actor.self as unknown as Ref<A>
}

/** `this.become()` of the current actor, typed by its class. */
export function become<A extends Actor>(overrides: Partial<A> & ThisType<A>): void {
  currentActor("become()").become<A>(overrides)
}

/** `this.unbecome()` of the current actor. */
export function unbecome(): boolean {
  return currentActor("unbecome()").unbecome()
}

function currentActor(what: string): Actor {
  const { actor } = needCell(what)
  if (typeof actor === "object" && actor !== null && "~actor" in actor) return actor as unknown as Actor
  throw new ActorError("no_process", `${what} is for actors: a raw process has no methods that could be overridden.`)
}

