/** Agents: a state, and functions that are applied to it one after another. Elixir's Agent. */
import { call, InvalidArgumentError, type Operation, type Outcome, type Routine } from "@vivarium/core"
import { Actor } from "./actor.ts"
import { refuse } from "./errors.ts"
import type { Pending } from "./pending.ts"
import type { Ref } from "./ref.ts"
import type { ProcessOptions, StartOptions } from "./spawn-types.ts"

/** What a function of an agent produces: at once, or as a generator, an operation or a promise. */
export type Produced<T> = T | Routine<T> | Operation<T> | PromiseLike<T>

/** What `ref.call` of an agent offers. */
export interface AgentCalls<S> {
  /** Applies a function to the state, and gives what it returns. The state itself is not copied. */
  readonly get: <R>(read: (state: S) => R) => Operation<Outcome<R>>
  /** What the function returns is the state from then on. */
  readonly update: (change: (state: S) => Produced<S>) => Operation<void>
  /** The function returns a pair: what the call gives, and the new state. */
  readonly getAndUpdate: <R>(change: (state: S) => Produced<readonly [result: R, state: S]>) => Operation<R>
}

/** What `ref.request` of an agent offers. */
export interface AgentRequests<S> {
  /** See `AgentCalls`. */
  readonly get: <R>(read: (state: S) => R) => Pending<Outcome<R>>
  /** See `AgentCalls`. */
  readonly update: (change: (state: S) => Produced<S>) => Pending<void>
  /** See `AgentCalls`. */
  readonly getAndUpdate: <R>(change: (state: S) => Produced<readonly [result: R, state: S]>) => Pending<R>
}

/** Where an agent can be started: a system, an actor (`this`) or a raw process (`self`). */
export interface AgentHost {
  start(what: typeof Agent<unknown>, options: { readonly args: [initial: () => unknown] }): Operation<unknown>
}

/**
 * Keeps a state for others, who send functions to be applied to it inside the agent, one at a time also while one of them waits. It is an
 * actor: `agent.call.get(read)`, `agent.call.update(change)`, `agent.call.getAndUpdate(change)`; `agent.cast.update(change)` does not wait. A function that
 * throws ends the agent, unless it throws `refuse(error)`.
 *
 * Started by `Agent.start(system, initial)`, which finds out the type of the state, or like any actor: `system.spawn(Agent<number>, { args: [() => 0] })`.
 * When not to use it: as soon as there are rules about the state, write an actor whose methods keep them. Source: Elixir's Agent.
 *
 * @example
 * ```ts
 * import { Agent, System } from "@vivarium/actors"
 *
 * await using system = new System()
 * const honey = await Agent.start(system, () => 0, { name: "honey" })
 * honey.cast.update((drops) => drops + 3)
 * const taken = await honey.call.getAndUpdate((drops) => [drops - 1, 1])
 * console.log(taken, await honey.call.get((drops) => drops))
 * // prints: 2 1
 * ```
 */
export class Agent<S = unknown> extends Actor {
  /** Only the compiler knows it. */
  declare readonly "~call": AgentCalls<S>
  /** Only the compiler knows it. */
  declare readonly "~request": AgentRequests<S>
  #state!: S

  /** Starts an agent whose state is what a function gives, and waits for it. Raises StartError. Elixir: `Agent.start`. */
  static start<R>(host: AgentHost, initial: () => R, options: ProcessOptions & StartOptions = {}): Operation<Ref<Agent<Outcome<R>>>> {
    checkFunction("initial", initial, "Agent.start(system, () => 0)")
    return host.start(Agent, { ...options, args: [initial] }) as Operation<Ref<Agent<Outcome<R>>>>
  }

  /** The state is what the function gives. */
  *init(initial: () => Produced<S>): Routine {
    checkFunction("initial", initial, "system.spawn(Agent<number>, { args: [() => 0] })")
    this.#state = yield* call(initial as () => unknown) as Operation<S>
  }

  /** See `AgentCalls`. */
  get<R>(read: (state: S) => R): Operation<Outcome<R>> {
    return this.#apply("read", read, "agent.call.get((state) => state)") as Operation<Outcome<R>>
  }

  /** See `AgentCalls`. */
  *update(change: (state: S) => Produced<S>): Routine {
    this.#state = yield* this.#apply("change", change, "agent.call.update((state) => state + 1)") as Operation<S>
  }

  /** See `AgentCalls`. */
  *getAndUpdate<R>(change: (state: S) => Produced<readonly [result: R, state: S]>): Routine<R> {
    const example = "agent.call.getAndUpdate((state) => [state, state + 1])"
    const pair = yield* this.#apply("change", change, example) as Operation<readonly [R, S]>
    if (!Array.isArray(pair)) throw refuse(new InvalidArgumentError("what the function gives", pair, "a pair: the result, and the new state", `right: ${example}`))
    this.#state = pair[1] as S
    return pair[0] as R
  }

  /** The state, as tools see it. */
  snapshot(): S {
    return this.#state
  }

  /** Replaces the state, for tools. */
  restore(state: S): void {
    this.#state = state
  }

  /** What is no function is the caller's mistake: it does not end the agent. */
  #apply(name: string, body: (state: S) => unknown, example: string): Operation<unknown> {
    if (typeof body !== "function") throw refuse(noFunction(name, body, example))
    return call(() => body(this.#state)) as Operation<unknown>
  }
}

function checkFunction(name: string, value: unknown, example: string): void {
  if (typeof value !== "function") throw noFunction(name, value, example)
}

function noFunction(name: string, value: unknown, example: string): InvalidArgumentError {
  return new InvalidArgumentError(name, value, "a function", `right: ${example}`)
}
