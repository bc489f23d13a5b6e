/** The world of one run: what a scenario is given, and what the run does for it. */
import { System } from "@vivarium/actors"
import { shared } from "@vivarium/actors/lowlevel"
import { type Operation, type Random, type Routine, type Scheduler, Tasklet, until } from "@vivarium/core"
import { isGenerator, isOperation, isThenable, type VirtualClock } from "@vivarium/core/lowlevel"
import { type Check, Checks } from "./check.ts"
import type { Fault } from "./fault.ts"
import type { Run } from "./run.ts"
import type { World } from "./scenario.ts"

export class OwnWorld implements World {
  readonly scheduler: Scheduler
  readonly clock: VirtualClock
  readonly random: Random
  readonly main: Tasklet
  readonly fault: Fault
  readonly check: Check
  readonly touch: (key: unknown) => void
  private readonly run: Run
  private readonly checks: Checks
  private own: System | null = null

  constructor(run: Run) {
    this.run = run
    this.scheduler = run.scheduler
    this.clock = run.clock
    this.random = run.scheduler.random
    this.checks = new Checks((failure) => run.find(failure))
    this.check = this.checks.face
    this.fault = (name): boolean => run.choose("fault", 2, name) === 1
    this.touch = (key): void => run.touch(key)
    this.main = run.scheduler.tasklet({ name: "scenario" }, (): Routine => this.body())
  }

  get system(): System {
    return (this.own ??= new System({ scheduler: this.scheduler, log: false, ...(this.run.settings.free ? {} : { messageBudget: 1 }) }))
  }

  /** Whether slices depend on one another in ways that nobody tells: by processes, or by an invariant, which sees all states in between. */
  get entangled(): boolean {
    if (this.own !== null || this.checks.judgesAlways) return true
    for (const { scheduler } of shared.running) if (scheduler === this.scheduler) return true
    return false
  }

  /** The systems of this run, those included that the scenario has made itself. */
  systems(): System[] {
    const all = [...shared.running].filter(({ scheduler }) => scheduler === this.scheduler)
    if (this.own !== null && !all.includes(this.own)) all.push(this.own)
    return all
  }

  /** After every slice. */
  sliced(): void {
    this.checks.judge()
  }

  checkAtEnd(): void {
    this.checks.judgeLast()
  }

  /** Lets those go on that a fault has held up; says whether there were any. */
  release(): boolean {
    return false
  }

  /** To when time jumps, the next timer being due at `at`. */
  jump(at: number): number {
    return at
  }

  /** Nobody will run here any more. */
  abandon(): void {
    for (const system of this.systems()) shared.running.delete(system)
  }

  private *body(): Routine {
    this.run.result = yield* outcomeOf(this.run.settings.scenario(this))
    if (this.own !== null) yield* this.own.stop()
  }
}

function* outcomeOf(outcome: unknown): Routine<unknown> {
  if (isGenerator(outcome)) return yield* outcome
  if (isOperation(outcome)) return yield* outcome as Operation<unknown>
  if (outcome instanceof Tasklet) return yield* outcome.join()
  if (isThenable(outcome)) return yield* until(outcome)
  return outcome
}

