/** Simulating: one run in the shipped order, on virtual time. */
import { Given } from "./given.ts"
import { checkScenarioOptions, readScenario, readSettings, type ScenarioOptions } from "./options.ts"
import { Player, type Turn } from "./player.ts"
import type { Scenario } from "./scenario.ts"

/**
 * Runs a body once on virtual time: when nothing can run, time jumps to the next timer, so that a day takes seconds. It has run when this returns, unless it waits for promises; the
 * promise has what it returned, or is rejected with what it failed with.
 *
 * @example
 * ```ts
 * import { sleep } from "@vivarium/core"
 * import { simulate } from "@vivarium/testkit"
 *
 * const at = await simulate(function* ({ clock }) {
 *   yield* sleep(86_400_000)
 *   return clock.now()
 * })
 * console.log(at)
 * // prints: 86400000
 * ```
 */
export function simulate<T>(body: Scenario<T>, options: ScenarioOptions = {}): Promise<T> {
  checkScenarioOptions(options, "simulate(body, { startAt: 0 })")
  const { settings, trapped } = readSettings(readScenario(body, "simulate"), options, true)
  const player = new Player(settings, trapped)
  return player.drive(simulating<T>(player))
}

function* simulating<T>(player: Player): Generator<Turn, T, undefined> {
  const run = yield* player.play(new Given([]))
  if (run.failure !== null) throw run.failure.error ?? new Error(run.failure.text)
  return run.result as T
}
