/** Simulating: one run in the shipped order, on virtual time. */
import { DeadlockError, type WaitingTasklet } from "@vivarium/core"
import { failed } from "./assertion-error.ts"
import { Given } from "./given.ts"
import { checkScenarioOptions, readScenario, readSettings, type ScenarioOptions } from "./options.ts"
import { Player, type Turn } from "./player.ts"
import type { Run, Watcher } from "./run.ts"
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
export async function simulate<T>(body: Scenario<T>, options: ScenarioOptions = {}): Promise<T> {
  checkScenarioOptions(options, "simulate(body, { startAt: 0 })")
  const { settings, trapped } = readSettings(readScenario(body, "simulate"), options, true)
  const player = new Player(settings, trapped)
  return player.drive(simulating<T>(player))
}

function* simulating<T>(player: Player): Generator<Turn, T, undefined> {
  const roll = new Roll()
  const { failure, result } = yield* player.play(new Given([]), roll)
  if (failure === null) return result as T
  throw failure.error ?? roll.deadlock ?? failed(failure.text)
}

/** Has all tasklets listed: so a deadlock tells who waits for what, and a leak whose it is. */
class Roll implements Watcher {
  deadlock: DeadlockError | null = null
  private tool: Disposable | null = null

  begin({ scheduler }: Run): void {
    this.tool = scheduler.instrument({})
  }

  sliced(): void {}

  ended({ failure, scheduler, world: { main } }: Run): void {
    if (failure?.kind === "deadlock") {
      const waiting = scheduler.tasklets().map(({ id, name, waitingFor }): WaitingTasklet => ({ id, name, waitingFor: waitingFor ?? "nothing", createdAt: undefined }))
      this.deadlock = new DeadlockError(`nothing can wake ${main.name}, which waits for ${main.waitingFor ?? "nothing"}`, waiting.length, waiting, "")
    }
    this.tool?.[Symbol.dispose]()
  }
}
