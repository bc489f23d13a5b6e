/** An exploration: the runs of a scenario one after another, until one fails or enough have been run. */
import { Recorder } from "./code.ts"
import { ScenarioError, uncontrolledOrder } from "./errors.ts"
import { ExplorationError } from "./exploration-error.ts"
import type { Failure } from "./failure.ts"
import { Given } from "./given.ts"
import { host } from "./globals.ts"
import { BATCH_MS, DOUBLE_RUN_EVERY } from "./limits.ts"
import type { Plan } from "./options.ts"
import { Player, type Turn } from "./player.ts"
import { Interrupted, Progress } from "./progress.ts"
import type { Run } from "./run.ts"
import { type Schedule, Shrinker } from "./shrink.ts"
import type { Chooser } from "./strategy.ts"
import { firstDifference, Trace } from "./trace.ts"

/** What an exploration has done that found nothing. */
export interface ExplorationResult {
  /** Which strategy, with its parameters. */
  readonly strategy: string
  /** How many schedules were run. */
  readonly schedules: number
  /** Whether these were all that the strategy has. */
  readonly exhausted: boolean
  /** How many slices all runs had together. */
  readonly switches: number
  /** How many choices the longest run had. */
  readonly mostChoices: number
  /** What can be said of what was not run, if the strategy can say it. */
  readonly coverage: string | undefined
  /** The faults that were declared for any switch and could not happen at one, in no run: their targets did not exist. */
  readonly idleFaults: readonly string[]
}

export class Exploration {
  private readonly plan: Plan
  private readonly player: Player
  private readonly progress: Progress
  private schedules = 0
  private switches = 0
  private mostChoices = 0
  private idleFaults: readonly string[] | null = null

  constructor(plan: Plan) {
    this.plan = plan
    this.player = new Player(plan.settings, plan.trapped)
    this.progress = new Progress(plan.progress)
  }

  explore(): Promise<ExplorationResult> {
    return this.settled(this.player.drive(this.exploring()))
  }

  private async settled(exploring: Promise<ExplorationResult>): Promise<ExplorationResult> {
    try {
      return await exploring
    } catch (error) {
      if (!this.progress.interrupted) throw error
      return await this.progress.leave(error instanceof Error ? error.message : String(error))
    } finally {
      this.progress.end()
    }
  }

  private *exploring(): Generator<Turn, ExplorationResult, undefined> {
    try {
      return yield* this.allSchedules()
    } finally {
      this.plan.strategy.close?.()
    }
  }

  private *allSchedules(): Generator<Turn, ExplorationResult, undefined> {
    const { schedules, strategy } = this.plan
    let exhausted = false
    let breath = host.now()
    while (this.schedules < schedules) {
      if (!strategy.begin()) {
        exhausted = strategy.complete ?? true
        break
      }
      const run = yield* this.player.play(strategy)
      strategy.ended(run)
      if (!run.pruned) {
        this.count(run)
        if (run.failure !== null) throw yield* this.finding(run, run.failure)
        if (this.schedules % DOUBLE_RUN_EVERY === 1) yield* this.compare(run)
      }
      if (host.now() - breath < BATCH_MS) continue
      this.progress.tick(() => this.standing)
      yield "between"
      if (this.progress.interrupted) throw this.nothingFound
      breath = host.now()
    }
    const { idleFaults, mostChoices, switches } = this
    return { strategy: strategy.name, schedules: this.schedules, exhausted, switches, mostChoices, coverage: strategy.coverage, idleFaults: idleFaults ?? [] }
  }

  private count(run: Run): void {
    const { idleFaults } = run.world
    if (this.idleFaults === null) this.idleFaults = [...idleFaults]
    else if (this.idleFaults.length > 0) this.idleFaults = this.idleFaults.filter((name) => idleFaults.has(name))
    this.schedules++
    this.switches += run.slices
    this.mostChoices = Math.max(this.mostChoices, run.choices.length)
  }

  /** Runs the same schedule again: all must be as it was. */
  private *compare(run: Run): Generator<Turn, void, undefined> {
    const again = yield* this.player.play(new Given(run.choices.indices))
    if (again.hash === run.hash && again.failure?.key === run.failure?.key) return
    const traces = [new Trace(), new Trace()] as const
    for (const trace of traces) yield* this.player.play(new Given(run.choices.indices), trace)
    throw uncontrolledOrder(firstDifference(...traces) ?? differenceOf(run, again))
  }

  private *finding(run: Run, failure: Failure): Generator<Turn, ExplorationError, undefined> {
    const { plan } = this
    yield* this.compare(run)
    const { attempts, schedule, shrunk } = yield* this.shrink(run, failure)
    const plain = yield* this.player.play(new Given(schedule))
    if (plain.hash !== run.hash) yield* this.compare(plain)
    const recorder = new Recorder(new Given(schedule))
    const trace = new Trace()
    const traced = yield* this.player.play(recorder, trace)
    if (traced.hash !== plain.hash) throw tracingMatters(failure)
    return new ExplorationError({
      failure: traced.failure ?? failure,
      code: recorder.code(traced),
      schedule,
      trace,
      found: { strategy: plan.strategy.name, schedule: this.schedules, deviationsBefore: run.choices.deviations, deviations: traced.choices.deviations, attempts, shrunk },
      report: plan.report,
      settings: { ...plan.settings, trapped: plan.trapped },
    })
  }

  private *shrink(run: Run, failure: Failure): Generator<Turn, { readonly schedule: Schedule; readonly attempts: number; readonly shrunk: boolean }, undefined> {
    const { progress } = this
    const end = host.now() + this.plan.shrinkMs
    const shrinker = new Shrinker(run.choices.indices)
    const candidates = shrinker.candidates()
    let attempts = 0
    let breath = host.now()
    let candidate = candidates.next()
    for (; candidate.done !== true && host.now() < end && !progress.interrupted; attempts++) {
      candidate = candidates.next(yield* this.attempt(candidate.value, failure))
      if (host.now() - breath < BATCH_MS) continue
      progress.tick(() => `explore: found a failure in schedule ${this.schedules}; shrinking, attempt ${attempts + 1}`)
      yield "between"
      breath = host.now()
    }
    return { schedule: shrinker.best, attempts, shrunk: candidate.done === true }
  }

  /** What was chosen, if it failed in the same way; null also if the scenario has done what cannot be controlled, which it has not in the schedule that was found. */
  private *attempt(chooser: Chooser, { key }: Failure): Generator<Turn, Schedule | null, undefined> {
    try {
      const { choices, failure } = yield* this.player.play(chooser)
      return failure?.key === key ? choices.indices : null
    } catch (error) {
      if (error instanceof ScenarioError) return null
      throw error
    }
  }

  /** One line of how far it is. */
  private get standing(): string {
    const { plan, progress, schedules } = this
    const of = plan.schedules === Infinity ? "" : ` of ${grouped(plan.schedules)}`
    const percent = plan.schedules === Infinity ? "" : ` (${Math.floor((100 * schedules) / plan.schedules)} %)`
    return `explore: ${grouped(schedules)}${of} schedules${percent}, ${grouped(Math.round((1000 * schedules) / progress.elapsed))}/s, ${plan.strategy.name}`
  }

  private get nothingFound(): Interrupted {
    const { coverage } = this.plan.strategy
    return new Interrupted(`${this.standing}: interrupted, and nothing was found${coverage === undefined ? "" : `; ${coverage}`}`)
  }
}

function differenceOf(one: Run, other: Run): string {
  const [first, second] = [one, other].map(({ failure }) => (failure === null ? "nothing failed" : failure.text)) as [string, string]
  return first === second ? "the runs had other slices or choices" : `the outcome was "${first}" and then "${second}"`
}

function tracingMatters({ error, text }: Failure): Error {
  return new Error(
    `a run that fails (${text}) went another way when it was traced. Unless a value of yours changes something when it is inspected, this is a bug of @vivarium/testkit: please report it, with the scenario.`,
    { cause: error },
  )
}

function grouped(count: number): string {
  return count.toLocaleString("en-US")
}
