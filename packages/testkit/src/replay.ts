/** Replaying: one schedule again. */
import { InvalidArgumentError } from "@vivarium/core"
import { Coded, Recorder } from "./code.ts"
import { ExplorationError, type Finding } from "./exploration-error.ts"
import { Given } from "./given.ts"
import { checkScenarioOptions, readScenario, readSettings, type ReplayOptions } from "./options.ts"
import { Player, type Turn } from "./player.ts"
import { readReportSettings, REPORT_OPTIONS } from "./report-options.ts"
import type { Run } from "./run.ts"
import type { Scenario } from "./scenario.ts"
import { Trace } from "./trace.ts"

/**
 * Runs a scenario under one schedule again: that of a code, or of a list of choices (0 is the shipped order; what is out of range is the nearest that is possible, and after the
 * end of the list comes the shipped order). Resolves with what the scenario returned; rejects with ExplorationError if it fails, and with ReplayMismatchError if a code does not fit.
 *
 * @example
 * ```ts
 * import { schedule, tasklet } from "@vivarium/core"
 * import { replay } from "@vivarium/testkit"
 *
 * const names = await replay(function* () {
 *   const order: string[] = []
 *   const bees = ["Maya", "Willy"].map((name) => tasklet(() => order.push(name)))
 *   for (const bee of bees) yield* bee
 *   return order
 * }, [1])
 * console.log(names)
 * // prints: [ 'Willy', 'Maya' ]
 * ```
 */
export async function replay<T>(scenario: Scenario<T>, schedule: string | readonly number[], options: ReplayOptions = {}): Promise<T> {
  checkScenarioOptions(options, "replay(scenario, code, { promises: true })", REPORT_OPTIONS)
  const { settings, trapped } = readSettings(readScenario(scenario, "replay"), options)
  const report = readReportSettings(options)
  const given = typeof schedule === "string" ? schedule : new Given(readChoices(schedule))
  const player = new Player(settings, trapped)
  return player.drive(replaying<T>(player, given, { report, settings: { ...settings, trapped } }))
}

function* replaying<T>(player: Player, given: string | Given, about: Pick<Finding, "report" | "settings">): Generator<Turn, T, undefined> {
  const coded = typeof given === "string" ? new Coded(given) : null
  const trace = new Trace()
  const recorder = new Recorder(coded ?? (given as Given))
  const { settings } = about
  const run: Run = yield* player.play(recorder, trace, coded === null ? settings : { ...settings, maxSwitches: coded.maxSwitches })
  coded?.checkEnd(run)
  if (run.failure === null) return run.result as T
  throw new ExplorationError({ ...about, failure: run.failure, code: recorder.code(run), schedule: run.choices.indices, trace, found: null })
}

function readChoices(schedule: unknown): readonly number[] {
  if (Array.isArray(schedule) && schedule.every((index) => Number.isSafeInteger(index) && (index as number) >= 0)) return schedule as number[]
  throw new InvalidArgumentError("schedule", schedule, "a code, or a list of integers from 0", 'right: replay(scenario, "v1-…")')
}
