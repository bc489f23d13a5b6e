/** Waiting for the first of several things. */
import { type CaseRecord, Choice } from "./choice.ts"
import { isOperation, type Operation } from "./operation.ts"
import { currentScheduler } from "./realm.ts"
import { type SignalOption, withSignal } from "./abort.ts"
import { sleep } from "./sleep.ts"
import { InvalidArgumentError, TimeoutError } from "./errors.ts"
import { checkDuration, checkOptions, readFlag } from "./checks.ts"
import { toOperation, type Waitable, type Waited } from "./waitable.ts"

/** The cases of a select, by key: null and undefined switch a case off. */
export type Cases = Readonly<Record<string, Waitable | null | undefined>>

/** What a select gives: the key of the case that happened, and its value. */
export type Selected<C extends Cases> = {
  [K in keyof C & string]: [NonNullable<C[K]>] extends [never] ? never : { readonly key: K; readonly value: Waited<NonNullable<C[K]>> }
}[keyof C & string]

/** Options of `select`. */
export interface SelectOptions extends Partial<SignalOption> {
  /** Take the first ready case in order, instead of one drawn fairly. */
  readonly priority?: boolean
}

class Select<T> extends Choice<T> {
  wrap(key: string, value: unknown): T {
    return { key, value } as T
  }
}

class Race<T> extends Choice<T> {
  wrap(_key: string, value: unknown): T {
    return value as T
  }

  override describe(): string {
    return `race: ${super.describe()}`
  }
}

class Timeout<T> extends Choice<T> {
  declare readonly timeoutMs: number
  declare readonly operation: Operation<T>

  constructor(timeoutMs: number, operation: Operation<T>) {
    super({ value: operation, timeout: sleep(timeoutMs) }, true)
    this.timeoutMs = timeoutMs
    this.operation = operation
  }

  override get named(): boolean {
    return false
  }

  wrap(key: string, value: unknown): T {
    if (key === "timeout") throw new TimeoutError(this.timeoutMs, this.operation.describe())
    return value as T
  }

  override describe(): string {
    return `${this.operation.describe()}, at most ${this.timeoutMs} ms`
  }
}

function readCases(cases: Cases): CaseRecord {
  if (typeof cases !== "object" || cases === null || Array.isArray(cases)) {
    throw new InvalidArgumentError("cases", cases, "an object of operations", "right: select({ bee: flower.receive(), tick: sleep(1000) }), or race([a, b]) for a list")
  }
  // A copy: an operation never changes, whatever becomes of the object that it was made of.
  const copy = { ...cases } as Record<string, Operation<unknown> | null | undefined>
  for (const key in copy) {
    const one: unknown = copy[key]
    if (one !== null && one !== undefined && !isOperation(one)) copy[key] = toOperation(`case "${key}"`, one)
  }
  return copy
}

/**
 * Waits until one of several operations can happen, and lets exactly that one happen. If several offers (channel, sleep,
 * join, acquire …) are ready, one is drawn fairly by the scheduler's seeded random; `{ priority: true }` takes the first.
 * The others leave no trace. Started operations (`until`, `action`, `call` …) begin only if no offer is ready, in order, and
 * are killed when they lose. A nested select, race or time-out is flattened. Of the family of Go's select and CML's choose.
 *
 * @example
 * ```ts
 * import { channel, run, select, sleep, tasklet } from "@vivarium/core"
 *
 * const flower = channel<string>()
 * tasklet(function* () {
 *   const outcome = yield* select({ bee: flower.receive(), tick: sleep(1000) })
 *   if (outcome.key === "bee") console.log(`${outcome.value} came`)
 * })
 * tasklet(function* () {
 *   yield* flower.send("Maya")
 * })
 * run()
 * // prints: Maya came
 * ```
 */
export function select<const C extends Cases>(cases: C, options?: SelectOptions): Operation<Selected<C>> {
  if (options !== undefined) checkOptions("options", options, ["priority", "signal"], "select(cases, { priority: true })")
  const operation = new Select<Selected<C>>(readCases(cases), readFlag("priority", options?.priority))
  return options?.signal === undefined ? operation : withSignal(operation, { signal: options.signal })
}

/**
 * `select` without waiting: lets a ready offer happen and gives its outcome, or undefined. Begins no started operation. The
 * caller always goes on, so a partner that a preference would run at once runs as soon as the caller stops.
 *
 * @example
 * ```ts
 * import { channel, run, tasklet, trySelect } from "@vivarium/core"
 *
 * const queue = channel<number>({ capacity: 1 })
 * console.log(trySelect({ job: queue.receive() }))
 * console.log(trySelect({ put: queue.send(7) })?.key)
 * console.log(trySelect({ job: queue.receive() })?.value)
 * // prints: undefined
 * // prints: put
 * // prints: 7
 * ```
 */
export function trySelect<const C extends Cases>(cases: C, options?: { readonly priority?: boolean }): Selected<C> | undefined {
  const choice = new Select<Selected<C>>(readCases(cases), readFlag("priority", options?.priority))
  return choice.attempt(choice.owner ?? currentScheduler())
}

/**
 * The first of several operations: like `select`, but gives the value alone. Cases in order; null and undefined are off.
 *
 * @example
 * ```ts
 * import { main, race, sleep, until } from "@vivarium/core"
 *
 * await main(function* () {
 *   console.log(yield* race([until(Promise.resolve("promise")), sleep(1000)]))
 * })
 * // prints: promise
 * ```
 */
export function race<const W extends readonly (Waitable | null | undefined)[]>(operations: W): Operation<Waited<NonNullable<W[number]>>> {
  if (!Array.isArray(operations)) throw new InvalidArgumentError("operations", operations, "an array of operations", "right: race([a, b])")
  return new Race(readCases(Object.fromEntries(operations.map((one, index) => [String(index), one])) as Cases), false)
}

/**
 * An operation with a limit: TimeoutError if it takes longer than `ms` milliseconds; the operation is then taken back. If both
 * are ready at once, the operation counts. Infinity means no limit.
 *
 * @example
 * ```ts
 * import { channel, main, timeout } from "@vivarium/core"
 *
 * await main(function* () {
 *   try {
 *     yield* timeout(10, channel().receive())
 *   } catch (error) {
 *     console.log((error as Error).message)
 *   }
 * })
 * // prints: receive on a channel did not finish within 10 ms; it has been taken back.
 * ```
 */
export function timeout<T>(ms: number, operation: Waitable<T>): Operation<T> {
  if (typeof ms !== "number" && typeof operation === "number") throw new InvalidArgumentError("ms", ms, "a number of milliseconds", "The limit comes first: timeout(100, operation)")
  const limited = toOperation("operation", operation) as Operation<T>
  if (ms === Infinity) return limited
  checkDuration("ms", ms)
  return new Timeout(ms, limited)
}
