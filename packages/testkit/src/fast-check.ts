/**
 * For fast-check: properties whose data fast-check chooses, and whose order is chosen by numbers of fast-check's, so that it shrinks both.
 *
 * @module
 */
import { InvalidArgumentError } from "@vivarium/core"
import { checkCount } from "@vivarium/core/lowlevel"
import { type Arbitrary, array, asyncProperty, constant, type IAsyncPropertyWithHooks, nat, oneof, PreconditionFailure } from "fast-check"
import { Given } from "./given.ts"
import { CHOICES, LARGEST_INDEX } from "./limits.ts"
import { checkScenarioOptions, readScenario, readSettings, type ScenarioOptions } from "./options.ts"
import { Player, type Turn } from "./player.ts"
import { replay } from "./replay.ts"
import type { World } from "./scenario.ts"

/** Options of `scheduled()`: how the scenario is run. */
export interface ScheduledOptions extends ScenarioOptions {
  /** How many choices fast-check makes; after these comes the shipped order. Default 100. */
  readonly maxChoices?: number
}

/** What arbitraries draw. */
export type DrawnBy<A extends readonly Arbitrary<unknown>[]> = { -readonly [K in keyof A]: A[K] extends Arbitrary<infer T> ? T : never }

/** The arbitraries of the data, and behind them the scenario, which is given its world and what they have drawn. */
export type DataAndScenario<A extends readonly Arbitrary<unknown>[]> = [...arbitraries: A, scenario: (world: World, ...data: DrawnBy<A>) => unknown]

/**
 * Makes a property of a scenario: fast-check draws data for it, and a list of numbers, which are its schedule, as `replay()` takes it. So both shrink: to the smallest data and to the shipped order, as far as the failure
 * stays. The error of a failing property has the ExplorationError as its `cause`, with the whole report. Options may come first.
 *
 * @example
 * ```ts
 * import { schedule, tasklet } from "@vivarium/core"
 * import { scheduled } from "@vivarium/testkit/fast-check"
 * import * as fc from "fast-check"
 *
 * const property = scheduled(fc.nat(9), fc.nat(9), function* ({ check }, first, second) {
 *   let balance = 0
 *   function* deposit(amount: number) {
 *     const before = balance
 *     yield* schedule() // somebody else may run here
 *     balance = before + amount
 *   }
 *   const early = tasklet(deposit, first)
 *   const late = tasklet(function* () {
 *     yield* schedule() // the other one should be done by then
 *     yield* schedule()
 *     yield* deposit(second)
 *   })
 *   yield* early
 *   yield* late
 *   check("nothing is lost", balance === first + second)
 * })
 * const { counterexample } = await fc.check(property, { seed: 1 })
 * console.log(counterexample)
 * // prints: [ 1, 0, [ 1, 1 ] ]
 * ```
 */
export function scheduled<A extends readonly Arbitrary<unknown>[]>(...given: DataAndScenario<A>): IAsyncPropertyWithHooks<[...DrawnBy<A>, number[]]>
export function scheduled<A extends readonly Arbitrary<unknown>[]>(options: ScheduledOptions, ...given: DataAndScenario<A>): IAsyncPropertyWithHooks<[...DrawnBy<A>, number[]]>
export function scheduled(...given: readonly unknown[]): unknown {
  const [first] = given
  const hasOptions = typeof first === "object" && first !== null && !isArbitrary(first)
  const { maxChoices = CHOICES, ...options } = (hasOptions ? first : {}) as ScheduledOptions
  checkCount("maxChoices", maxChoices, 0)
  checkScenarioOptions(options, "scheduled({ maxChoices: 50 }, fc.nat(), function* (world, number) { … })")
  const arbitraries = given.slice(hasOptions ? 1 : 0, -1)
  for (const [position, one] of arbitraries.entries()) {
    if (!isArbitrary(one)) throw new InvalidArgumentError(`arbitraries[${position}]`, one, "an arbitrary of fast-check", "right: scheduled(fc.nat(), function* (world, number) { … })")
  }
  const scenario = readScenario(given.at(-1), "scheduled") as (world: World, ...data: readonly unknown[]) => unknown
  return asyncProperty(...([...arbitraries, schedules(maxChoices)] as [Arbitrary<unknown>]), async (...drawn: unknown[]) => {
    const data = drawn.slice(0, -1)
    await runScheduled((world) => scenario(world, ...data), drawn.at(-1) as number[], options)
  })
}

/**
 * Schedules as fast-check draws and shrinks them. What is out of range is the last that is possible: so a smaller number is never another choice further on, which is what shrinking needs. More than
 * half are the default, and small ones are likelier than large ones, for most choices are among few.
 */
function schedules(maxChoices: number): Arbitrary<number[]> {
  const index = oneof({ arbitrary: constant(0), weight: 3 }, { arbitrary: nat(1), weight: 2 }, { arbitrary: nat(3), weight: 1 }, { arbitrary: nat(LARGEST_INDEX), weight: 1 })
  return array(index, { maxLength: maxChoices, size: "max" })
}

/** Runs it once; only if it fails, again with all that a report needs. */
async function runScheduled(scenario: (world: World) => unknown, numbers: readonly number[], options: ScenarioOptions): Promise<void> {
  const { settings, trapped } = readSettings(scenario, options)
  const player = new Player(settings, trapped)
  const { error, schedule } = await player.drive(running(player, numbers))
  // What fc.pre() raises is no failure, but data that will not do.
  if (PreconditionFailure.isFailure(error)) throw error
  if (schedule !== null) await replay(scenario, schedule, { ...options, diagramDirectory: false })
}

interface Ran {
  /** Null if it has passed. */
  readonly schedule: readonly number[] | null
  readonly error: unknown
}

function* running(player: Player, numbers: readonly number[]): Generator<Turn, Ran, undefined> {
  const { choices, failure } = yield* player.play(new Given(numbers))
  return { schedule: failure === null ? null : choices.indices, error: failure?.error }
}

function isArbitrary(value: unknown): value is Arbitrary<unknown> {
  return typeof value === "object" && value !== null && "generate" in value && typeof value.generate === "function"
}
