/** The faults of one run: what a scenario has as `fault` checks what it is given, and says here what each fault does. */
import { ExitReason, type System } from "@vivarium/actors"
import { BRUTAL, type Cell, DEAD, EXITING, sendExit, UNBORN } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError, Tasklet } from "@vivarium/core"
import { checkCount, checkDuration, checkOptions, FAULT } from "@vivarium/core/lowlevel"
import type { Fault, FaultOptions, FaultTarget } from "./fault.ts"
import { FullMailboxes } from "./fault-full.ts"
import { LateTimers } from "./fault-late.ts"
import { FaultMishaps, type Mishap } from "./fault-mishaps.ts"
import { SlowTasklets } from "./fault-slow.ts"
import { StepFaults } from "./fault-step.ts"
import { describeTarget, readTarget, readTargetOrTasklet } from "./fault-target.ts"
import type { Run } from "./run.ts"

type Subject = Cell | Tasklet | null

/** The faults of one run. */
export class Faults {
  readonly face: Fault
  readonly slow: SlowTasklets = new SlowTasklets()
  private readonly run: Run
  private readonly main: Tasklet
  private readonly systems: readonly System[]
  private readonly steps: StepFaults
  private readonly full = new FullMailboxes()
  private readonly late: LateTimers
  private mishaps: FaultMishaps | null = null

  /** `systems` are those of the run, also those to come. */
  constructor(run: Run, main: Tasklet, systems: readonly System[]) {
    this.run = run
    this.main = main
    this.systems = systems
    this.steps = new StepFaults(run)
    this.late = new LateTimers(run)
    this.face = Object.assign((name: string): boolean => this.ask(name), {
      kill: (target: unknown, options?: FaultOptions): void => this.step("kill", this.subject(target, "kill"), options, canBeKilled, kill),
      crash: (target: unknown, error?: unknown, options?: FaultOptions): void => this.crash(this.subject(target, "crash"), error, options),
      fullMailbox: (target: unknown, options?: FaultOptions): void => this.fullMailbox(readTarget(target, "fullMailbox"), options),
      slow: (target: unknown, options?: FaultOptions): void => this.hold(this.subject(target, "slow"), options),
      lateTimers: (options?: FaultOptions): void => this.late.declare(readOptions(options, "late timers")),
      clockJump: (ms: number, options?: FaultOptions): void => this.clockJump(ms, options),
      init: (target: unknown, error?: unknown, options?: FaultOptions): void => this.mishap("init", readTarget(target, "init"), error, options),
      cleanUp: (target: unknown, error?: unknown, options?: FaultOptions): void => this.mishap("cleanUp", readTarget(target, "cleanUp"), error, options),
    }) as Fault
  }

  /** Whether any may happen at a switch. */
  get some(): boolean {
    return this.steps.some
  }

  /** A system has been made. */
  adopt(system: System): void {
    system["~world"].mishaps = this.mishaps
  }

  /** A slice has ended. */
  sliced(ran: Tasklet | null): void {
    const { slices } = this.run
    this.slow.sliced(ran, slices)
    this.full.sliced(slices)
  }

  strike(): void {
    this.steps.strike(this.systems)
  }

  /** Those that were declared and could not happen at any switch. */
  get idle(): ReadonlySet<string> {
    return this.steps.idle
  }

  /** Nobody can run. */
  release(): void {
    this.slow.release()
    this.full.release()
  }

  /** To when time jumps, the next timer being due at `at`. */
  jump(at: number): number {
    return this.late.jump(at)
  }

  private ask(name: string): boolean {
    if (typeof name !== "string" || name === "") throw new InvalidArgumentError("name", name, "a string that says what goes wrong", 'right: fault("disk full")')
    return this.run.chooseFault(2, () => name) === 1
  }

  private subject(target: unknown, what: string): FaultTarget | Tasklet {
    return readTargetOrTasklet(target, what, this.main)
  }

  private step(what: string, target: FaultTarget | Tasklet | null, options: FaultOptions | undefined, possible: (subject: Subject) => boolean, strike: (subject: Subject) => void): void {
    const { name, times } = readOptions(options, target === null ? what : `${what} of ${describeTarget(target)}`)
    this.steps.declare({ name, target, possible, strike }, times)
  }

  private crash(target: FaultTarget | Tasklet, error: unknown, options: FaultOptions | undefined): void {
    const raised = error ?? new Error(`crash of ${describeTarget(target)} (a fault)`)
    this.step("crash", target, options, canCrash, (subject) => taskletOf(subject).throw(raised, { pending: true }))
  }

  private fullMailbox(target: FaultTarget, options: FaultOptions | undefined): void {
    this.step("full mailbox", target, options, (cell) => this.full.canFill(cell as Cell), (cell) => this.full.fill(cell as Cell, this.run.slices))
  }

  private hold(target: FaultTarget | Tasklet, options: FaultOptions | undefined): void {
    const { run, slow } = this
    const canBeSlow = (subject: Subject): boolean => taskletOf(subject).alive && !slow.has(taskletOf(subject))
    this.step("slowness", target, options, canBeSlow, (subject) => slow.hold(taskletOf(subject), run.slices))
  }

  private clockJump(ms: number, options: FaultOptions | undefined): void {
    const { clock, scheduler } = this.run
    checkDuration("ms", ms, "fault.clockJump(5000)")
    this.step(`clock jump of ${ms} ms`, null, options, () => scheduler.hasWork(), () => clock.advance(ms))
  }

  private mishap(where: Mishap, target: FaultTarget, error: unknown, options: FaultOptions | undefined): void {
    const { name, times } = readOptions(options, `${where === "init" ? "failed init" : "failed clean-up"} of ${describeTarget(target)}`)
    const mishaps = (this.mishaps ??= new FaultMishaps(this.run))
    mishaps.declare(where, { name, target, error: error ?? new Error(`${name} (a fault)`), left: times })
    for (const system of this.systems) this.adopt(system)
  }
}

function readOptions(options: FaultOptions | undefined, otherwise: string): { readonly name: string; readonly times: number } {
  if (options === undefined) return { name: otherwise, times: 1 }
  checkOptions("options", options, ["times", "name"], 'fault.kill(Worker, { times: 2, name: "power cut" })')
  const { name = otherwise, times = 1 } = options
  if (typeof name !== "string" || name === "") throw new InvalidArgumentError("name", name, "a string that is not empty")
  if (times !== Infinity) checkCount("times", times, 1)
  return { name, times }
}

function taskletOf(subject: Subject): Tasklet {
  return subject instanceof Tasklet ? subject : (subject as Cell).tasklet
}

function canBeKilled(subject: Subject): boolean {
  if (subject instanceof Tasklet) return subject.alive && !isFaulty(subject)
  const { flags, state } = subject as Cell
  return state !== DEAD && (flags & BRUTAL) === 0
}

function kill(subject: Subject): void {
  if (subject instanceof Tasklet) subject.kill({ pending: true })
  else sendExit(subject as Cell, null, ExitReason.kill, false)
}

/** One that has not begun, or is about to end, waits nowhere. */
function canCrash(subject: Subject): boolean {
  const tasklet = taskletOf(subject)
  if (!tasklet.alive || tasklet.executing || isFaulty(tasklet)) return false
  if (subject instanceof Tasklet) return true
  const { state } = subject as Cell
  return state > UNBORN && state < EXITING
}

/** A kill or a throw has come to it already. */
function isFaulty({ flags, op }: Tasklet): boolean {
  return (flags & FAULT) !== 0 && op === null
}
