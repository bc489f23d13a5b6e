/** The world of one run: what a scenario is given, and what the run does for it. */
import { System } from "@vivarium/actors"
import { shared, waitFor } from "@vivarium/actors/lowlevel"
import { type Random, type Routine, type Scheduler, Tasklet } from "@vivarium/core"
import { isOperation, isThenable, type VirtualClock } from "@vivarium/core/lowlevel"
import { type Check, Checks } from "./check.ts"
import { type Explored, enter, leave } from "./explored.ts"
import type { Fault } from "./fault.ts"
import { Faults } from "./fault-face.ts"
import type { Run } from "./run.ts"
import type { World } from "./scenario.ts"
import type { TestTrees } from "./test-trees.ts"
import { SystemChecks } from "./system-checks.ts"

const NONE: ReadonlySet<string> = new Set()

export class OwnWorld implements World, Explored {
  readonly scheduler: Scheduler
  readonly clock: VirtualClock
  readonly random: Random
  readonly main: Tasklet
  readonly check: Check
  readonly touch: (key: unknown) => void
  trees: TestTrees | null = null
  private readonly run: Run
  private readonly checks: Checks
  private readonly systemChecks: SystemChecks | null
  private faults: Faults | null = null
  /** All that have been made on the scheduler, also those that were stopped. */
  private readonly made: System[] = []
  private own: System | null = null

  constructor(run: Run) {
    this.run = run
    this.scheduler = run.scheduler
    this.clock = run.clock
    this.random = run.scheduler.random
    this.checks = new Checks((failure) => run.find(failure))
    this.check = this.checks.face
    this.touch = (key): void => run.touch(key)
    this.main = run.scheduler.tasklet({ name: "scenario" }, (): Routine => this.body())
    this.systemChecks = run.settings.checks === null ? null : new SystemChecks(run.settings.checks, (failure) => run.find(failure))
  }

  get system(): System {
    return (this.own ??= new System({ scheduler: this.scheduler, log: false }))
  }

  get fault(): Fault {
    return (this.faults ??= new Faults(this.run, this.main, this.made)).face
  }

  /** Whether slices depend on one another in ways that nobody tells: by processes, or by an invariant, which sees all states in between. */
  get entangled(): boolean {
    return this.made.length > 0 || this.checks.judgesAlways || this.faults?.some === true
  }

  /** The systems of this run, those included that the scenario has made itself. */
  systems(): readonly System[] {
    return this.made
  }

  /** Right before the run. */
  begin(): void {
    enter(this)
  }

  /** A system has been made on the scheduler: be it the scenario's own, each of its messages is a choice, and none of its crashes a text on the console. */
  adopt(system: System): void {
    this.made.push(system)
    if (!this.run.settings.free) {
      const world = system["~world"]
      world.messageBudget = 1
      world.receivesLeft = 1
      world.log = null
    }
    this.systemChecks?.watch(system)
    this.faults?.adopt(system)
  }

  /** A fault point of product code. */
  happens(name: string): boolean {
    return this.fault(name)
  }

  /** The faults that were declared and could not happen. */
  get idleFaults(): ReadonlySet<string> {
    return this.faults?.idle ?? NONE
  }

  /** After every slice: nobody is current. */
  sliced(ran: Tasklet | null): void {
    this.faults?.sliced(ran)
    this.systemChecks?.judge()
    this.checks.judge()
  }

  /** How many of the queue can be chosen: those that a fault holds back stand behind them. */
  holdBack(count: number): number {
    return this.faults === null ? count : this.faults.slow.holdBack(this.scheduler.queue, count)
  }

  /** Lets a fault happen at a switch. */
  strike(): void {
    this.faults?.strike()
  }

  checkAtEnd(): void {
    this.systemChecks?.judgeLast()
    this.checks.judgeLast()
  }

  /** Nobody can run: lets those go on that a fault has held up; says whether somebody can run now. */
  release(): boolean {
    this.faults?.release()
    return this.scheduler.hasWork()
  }

  /** To when time jumps, the next timer being due at `at`. */
  jump(at: number): number {
    this.systemChecks?.judgeAtRest()
    return this.faults === null ? at : this.faults.jump(at)
  }

  /** Nobody will run here any more. */
  abandon(): void {
    leave(this)
    for (const system of this.made) shared.running.delete(system)
  }

  private *body(): Routine {
    this.run.result = checkResult(yield* waitFor(this.run.settings.scenario(this)))
    if (this.trees !== null) yield* this.trees.finish()
    if (this.own !== null) yield* this.own.stop()
  }
}

/** What a generator returns is its result, and nobody waits for that. */
function checkResult(result: unknown): unknown {
  if (!isThenable(result)) return result
  const what = isOperation(result) ? `an operation (${result.describe()})` : result instanceof Tasklet ? `a tasklet (${result.name})` : "a promise"
  const cure = isOperation(result) || result instanceof Tasklet ? "return yield* it" : "return yield* until(it), with { promises: true }"
  throw new TypeError(`The scenario returned ${what}, and nobody has waited for that. Cure: ${cure}.`)
}
