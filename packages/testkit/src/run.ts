/**
 * One run of a scenario under one schedule.
 *
 * Invariants:
 * 1. Every choice goes through `choose`, and all that happens is mixed into `hash`: runs with the same hash were the same.
 * 2. Time moves only when nothing can run, or by a fault.
 */
import { type ChoiceKind as SchedulerChoice, Random, Scheduler, type Tasklet } from "@vivarium/core"
import { KILLED, READY, VirtualClock } from "@vivarium/core/lowlevel"
import type { ChoiceKind } from "./choice.ts"
import { Choices } from "./choices.ts"
import { whatIsLeft } from "./left.ts"
import { ScenarioError } from "./errors.ts"
import { Failure, Found } from "./failure.ts"
import { describeTasklet, describeWait } from "./describe.ts"
import { mix, mixNumber, mixText } from "./hash.ts"
import { MOST_SWITCHES_AT_ONCE } from "./limits.ts"
import type { Scenario } from "./scenario.ts"
import type { Chooser } from "./strategy.ts"
import type { SystemCheckSettings } from "./system-checks.ts"
import { OwnWorld } from "./world.ts"

/** How a scenario is run, whatever the schedule. */
export interface RunSettings {
  readonly scenario: Scenario
  /** A run with more slices goes nowhere. */
  readonly maxSwitches: number
  /** Whether it may wait for promises. */
  readonly promises: boolean
  /** Whether it runs freely, in the shipped order: nothing is chosen, and nothing looked at between slices. */
  readonly free: boolean
  /** Whether what is left at the end is a failure. */
  readonly leaks: "forbid" | "allow"
  /** Which of the built-in checks are made; null for none. */
  readonly checks: SystemCheckSettings | null
  readonly startAt: number
}

/** Watches one run in detail. */
export interface Watcher {
  begin(run: Run): void
  /** A choice has been made, and nothing has come of it yet. `what` says what it was about, where the kind does not. */
  chosen?(kind: ChoiceKind, count: number, index: number, run: Run, what: string): void
  sliced(run: Run): void
  ended(run: Run): void
}

/** When the host gets a turn in the middle of a run; `patient` where it may take its time. */
export type RunTurn = "inside" | "patient"

/** After so many of them a run that is free has patience. */
const QUICK_TURNS = 100
/** How many turns of the host a run waits for a promise that nothing else can make come true. */
const MOST_TURNS = 1000

export class Run {
  readonly settings: RunSettings
  readonly choices: Choices = new Choices()
  readonly clock: VirtualClock
  readonly scheduler: Scheduler
  readonly world: OwnWorld
  /** How many slices have ended. */
  slices = 0
  /** The tasklet whose slice has just ended. */
  ran: Tasklet | null = null
  /** Stands for all that has happened. */
  hash = 0
  failure: Failure | null = null
  /** What the scenario has returned. */
  result: unknown = undefined
  /** Set when the scenario has done what cannot be controlled: no finding, but no run either. */
  refused: unknown = null
  /** Set by a strategy that has seen all that could come of this run. */
  pruned = false
  /** With promises: who is about to run, and who has run; the loop forgets it where it runs one slice at a time. */
  private next: Tasklet | null = null
  private untold: Tasklet | null = null
  /** How many of the queue can be chosen. */
  private offered = Infinity
  private readonly chooser: Chooser
  private readonly watcher: Watcher | null

  constructor(settings: RunSettings, chooser: Chooser, watcher: Watcher | null = null) {
    this.settings = settings
    this.chooser = chooser
    this.watcher = watcher
    this.clock = new VirtualClock(settings.startAt)
    this.scheduler = new Scheduler({
      clock: this.clock,
      random: new Random(1),
      onReport: () => {},
      ...(settings.free ? {} : { pick: (kind: SchedulerChoice, count: number) => this.pick(kind, count), onSlice: (ran: Tasklet | null) => this.sliced(ran) }),
    })
    // Async code of the scenario awaits operations of ours: nobody but this run may run them.
    this.scheduler.events.driven = true
    this.world = new OwnWorld(this)
  }

  /** Runs to the end; gives way only where the host must have a turn, which is with promises alone. */
  *play(): Generator<RunTurn, void, undefined> {
    this.world.begin()
    this.watcher?.begin(this)
    this.chooser.started?.(this)
    try {
      yield* this.advance()
      if (this.failure === null && this.refused === null) this.end()
    } catch (error) {
      this.fail(error)
    } finally {
      this.watcher?.ended(this)
      this.world.abandon()
    }
  }

  /** Makes a choice. */
  choose(kind: ChoiceKind, count: number): number {
    return this.note(kind, count, this.chooser.choose(kind, count, this), "")
  }

  /** Chooses which fault happens, if any does: that goes into the hash by its name. */
  chooseFault(count: number, nameOf: (index: number) => string): number {
    const index = this.chooser.choose("fault", count, this)
    const name = index === 0 ? "" : nameOf(index)
    this.note("fault", count, index, name)
    this.hash = mixText(this.hash, name)
    return index
  }

  /** The tasklets among which the next one is chosen, in the order of the queue: without those at its end that a fault holds back. */
  *eachRunnable(): Generator<Tasklet, void, undefined> {
    let left = this.offered
    for (let tasklet = this.scheduler.queue.first; tasklet !== null && left > 0; tasklet = tasklet.after as Tasklet | null, left--) yield tasklet
  }

  /** One of them. */
  runnable(position: number): Tasklet {
    return this.scheduler.queue.at(position)
  }

  /** Whether it has had half of its switches. From then on even a strategy that may favour somebody for ever goes on in the shipped order, so that what is called a livelock is one. */
  get isLong(): boolean {
    return this.slices > this.settings.maxSwitches / 2
  }

  /** Whether a slice has ended by giving way, with nothing to wait for. */
  gaveWay(ran: Tasklet): boolean {
    return ran.state === READY && ran.op?.describe() === "schedule()"
  }

  /** The running slice says what it touches. */
  touch(key: unknown): void {
    if (this.scheduler.current !== undefined) this.chooser.touched?.(key)
  }

  /** It has failed: this is raised where it was found, and ends the run wherever that is caught. */
  find(failure: Failure): never {
    this.failure ??= failure
    throw new Found(this.failure)
  }

  /** Gives up a run whose scenario cannot be controlled. */
  refuse(error: unknown): void {
    this.refused ??= error
  }

  private note(kind: ChoiceKind, count: number, index: number, what: string): number {
    this.watcher?.chosen?.(kind, count, index, this, what)
    this.hash = mix(this.hash, this.choices.add(kind, count, index))
    return index
  }

  private pick(kind: SchedulerChoice, count: number): number {
    if (kind !== "tasklet") return this.choose(kind, count)
    this.offered = this.world.holdBack(count)
    const index = this.offered === 1 ? 0 : this.choose(kind, this.offered)
    this.offered = Infinity
    // Those that are passed over go behind the others.
    const { queue } = this.scheduler
    for (let left = index; left > 0; left--) {
      const first = queue.first as Tasklet
      queue.remove(first)
      queue.push(first)
    }
    this.next = queue.first
    return 0
  }

  private sliced(told: Tasklet | null): void {
    const ran = told ?? this.untold
    this.untold = null
    this.ran = ran
    if (ran !== null) {
      this.slices++
      // Who ran, whether it waits or has ended, and how many can run now.
      this.hash = mix(this.hash, (ran.state << 28) ^ (this.scheduler.queue.length << 16) ^ ran.id)
      if (this.slices > this.settings.maxSwitches) this.find(this.livelock(ran))
      if (this.scheduler.external > 0 && !this.settings.promises) throw foreignPromise(ran)
    }
    this.watcher?.sliced(this)
    if (this.refused !== null) throw this.refused
    if (this.failure !== null) throw new Found(this.failure)
    this.world.sliced(ran)
    if (ran !== null) this.chooser.sliced?.(this)
    this.world.strike()
    if (this.settings.promises) this.next = this.scheduler.queue.handed ?? this.scheduler.queue.first
  }

  private *advance(): Generator<RunTurn, void, undefined> {
    const { scheduler, world } = this
    let turns = 0
    for (;;) {
      if (this.settings.free) {
        this.runFreely()
        this.world.sliced(null)
        if (scheduler.external > 0 && turns++ < MOST_TURNS) {
          yield "inside"
          if (scheduler.hasWork()) continue
        }
      } else if (this.settings.promises) yield* this.runWithTurns()
      else scheduler.run()
      if (this.refused !== null) throw this.refused
      if (!world.main.alive) return
      if (world.release()) continue
      const next = scheduler.timers?.first
      if (next !== undefined) {
        turns = 0
        this.moveTo(world.jump(next.at))
      } else if (scheduler.external > 0 && turns++ < MOST_TURNS) yield this.settings.free && turns > QUICK_TURNS ? "patient" : "inside"
      else {
        this.failure = new Failure("deadlock", `deadlock: ${describeTasklet(world.main)} ${describeWait(world.main)}, and nothing can wake it`, "deadlock")
        return
      }
    }
  }

  /** In the shipped order, until nobody can run. */
  private runFreely(): void {
    const { scheduler, settings: { maxSwitches }, world } = this
    const before = scheduler.switches
    const most = Math.min(Math.max(1, maxSwitches - before), MOST_SWITCHES_AT_ONCE)
    scheduler.run({ switches: most })
    if (scheduler.switches - before >= most && scheduler.hasWork()) this.find(this.livelock(scheduler.queue.first ?? world.main))
  }

  /** With promises: the host gets a turn before each slice, so that whatever settles has settled. */
  private *runWithTurns(): Generator<"inside", void, undefined> {
    const { scheduler } = this
    for (;;) {
      if (scheduler.external > 0) yield "inside"
      if (scheduler.hasWork() || this.isTimerDue()) {
        this.next = null
        scheduler.run({ switches: 1 })
        this.untold = this.next
      } else if (this.untold === null) return
      else this.sliced(null)
    }
  }

  private isTimerDue(): boolean {
    const first = this.scheduler.timers?.first
    return first !== undefined && first.at <= this.clock.now()
  }

  private moveTo(at: number): void {
    const { clock } = this
    for (let step = at - clock.now(); clock.now() < at; step += Number.EPSILON * Math.max(1, at)) clock.advance(Math.max(0, step))
    this.hash = mixNumber(this.hash, at)
  }

  private end(): void {
    if ((this.world.main.flags & KILLED) !== 0) {
      this.failure = new Failure("error", "the tasklet of the scenario was killed before it had come to its end, so what it was to check was not")
      return
    }
    this.world.checkAtEnd()
    if (this.settings.leaks === "allow") return
    const left = whatIsLeft(this)
    if (left.length > 0) this.failure = new Failure("left", `left at the end: ${left.join("; ")}`)
  }

  private fail(error: unknown): void {
    if (this.refused !== null || this.pruned) return
    if (error instanceof Found) this.failure = error.failure
    else if (this.failure !== null) return
    else if (error instanceof ScenarioError) this.refused = error
    else this.failure = Failure.ofError(error)
  }

  private livelock(ran: Tasklet): Failure {
    const { free, maxSwitches } = this.settings
    const switches = free && maxSwitches > MOST_SWITCHES_AT_ONCE ? `${MOST_SWITCHES_AT_ONCE} switches without any time passing` : `${maxSwitches} switches (maxSwitches)`
    return new Failure("livelock", `no end after ${switches}: the last one to run was ${describeTasklet(ran)}`, "livelock")
  }
}

function foreignPromise(ran: Tasklet): ScenarioError {
  return new ScenarioError(
    "foreign_promise",
    `${describeTasklet(ran)} waits for ${ran.waitingFor ?? "a promise"}, which comes from outside: when it settles is not ours to choose. ` +
      "Cure: wait by an operation, or explore with { promises: true }, which gives the host a turn before each choice.",
  )
}
