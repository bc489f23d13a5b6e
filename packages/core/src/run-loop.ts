/**
 * The run loop: one run queue, one choice point, one clock, one source of chance, one ingress. `Scheduler` adds the face.
 *
 * Invariants:
 * 1. Tasklets are taken from the run queue in `loop` (or `pickNext`) and nowhere else; which one, and every other choice, goes through `choose`.
 * 2. Time is read from `clock` only; everything from outside enters through `ingress` or `timers`.
 * 3. `depth` counts the runs of this loop on the JavaScript stack.
 * 4. `granted - patience` switches have been made since `switchesBefore` was brought up to date; whatever needs a look after
 *    the current slice (an uncaught error, a trap, a limit, the time) ends the patience.
 */
import { tell } from "./callback.ts"
import { type Body, GeneratorFunction, lateError } from "./body.ts"
import { checkCount } from "./checks.ts"
import { type Clock, HostClock } from "./clock.ts"
import { resume, stepWatched } from "./drive.ts"
import { InvalidArgumentError, SwitchTrapError, TaskletError } from "./errors.ts"
import { EventLoop } from "./event-loop.ts"
import { fault, KILL } from "./fault.ts"
import { Ingress } from "./ingress.ts"
import type { Hooks, SlowSlice } from "./instrument.ts"
import { DEFAULT_LIMITS, type Limits } from "./limits.ts"
import { MAX_NESTING } from "./kill.ts"
import { mirrorTrap, wake } from "./offer.ts"
import { inCallback, type Operation } from "./operation.ts"
import { awaitOutside } from "./outside.ts"
import type { ParkedSelect } from "./parked-select.ts"
import { pickNext } from "./pick-next.ts"
import { Random } from "./random.ts"
import { realm } from "./realm.ts"
import type { Registry } from "./registry.ts"
import { type Report, warnOf } from "./reports.ts"
import type { RunLoopSettings } from "./run-loop-settings.ts"
import { readRunLimits, type RunLimits } from "./run-limits.ts"
import { RunQueue } from "./run-queue.ts"
import type { ChoiceKind, Pick } from "./scheduler-options.ts"
import { SliceClock } from "./slices.ts"
import { IN_RUN, PAUSED, UNSTARTED } from "./state.ts"
import { Tasklet } from "./tasklet.ts"
import type { Timer, Timers } from "./timers.ts"
import { type UncaughtError, UncaughtErrors } from "./uncaught.ts"

/** What all schedulers share: the loop itself. `Scheduler` adds creation, `main`, statistics and tools. */
export class RunLoop {
  /** @internal */
  readonly queue: RunQueue = new RunQueue()
  /** @internal Made by the first sleep. */
  timers: Timers | null = null
  /** The clock that all time is read from. */
  readonly clock: Clock
  /** The seeded generator that all chance comes from. */
  readonly random: Random
  /** The gate for what comes from outside. */
  readonly ingress: Ingress
  /** @internal */
  readonly events: EventLoop
  /** @internal */
  hooks: Hooks | null = null
  /** @internal Lists the tasklets in debug mode and while a tool is attached. */
  registry: Registry | null = null
  /** @internal Told the time when it is read next: for those who need no reading of their own. */
  timeReaders: ((now: number) => void)[] = []
  /** @internal The number of the tasklet made last. */
  lastId = 0
  /** @internal Told of each primitive that is made, by those who tell them apart. */
  made: ((primitive: object) => void) | null = null
  /** @internal How many tasklets have been made ready to run. */
  started = 0
  /** @internal */
  endedCount = 0
  /** @internal */
  external = 0
  /** @internal */
  droppedValues = 0
  /** @internal */
  lateRejections = 0
  /** @internal */
  slowSlices = 0
  /** @internal */
  depth = 0
  /** @internal Records of settled selects, for the next ones. */
  spareSelects: ParkedSelect | null = null
  /** @internal */
  spareSelectCount = 0
  /** @internal The tasklet that ran before, in the same run; kept up while a tool watches. */
  previous: Tasklet | null = null
  /** @internal */
  protected readonly slices: SliceClock
  /** @internal */
  readonly onReport: (report: Report) => void
  /** @internal */
  readonly errors: UncaughtErrors
  private readonly pick: Pick | null
  private readonly onSlice: ((ran: Tasklet | null) => void) | null
  private readonly limits: Limits
  private switchesBefore = 0
  private granted = 0
  private patience = 0
  private trap = 0
  private attention = false
  private draining = false

  /** @internal */
  constructor(settings: RunLoopSettings = {}) {
    this.clock = settings.clock ?? new HostClock()
    this.random = settings.random ?? new Random()
    this.pick = settings.pick ?? null
    this.onSlice = settings.onSlice ?? null
    this.limits = settings.limits ?? DEFAULT_LIMITS
    this.onReport = settings.onReport ?? warnOf
    this.ingress = new Ingress(this)
    this.errors = new UncaughtErrors(settings.onUncaught)
    this.slices = new SliceClock(this.clock, this.limits.slowSliceMs, (slice) => this.slow(slice))
    this.events = new EventLoop(this)
  }

  /**
   * Runs tasklets until none is runnable, or a limit is reached; never waits. Takes in what has come from outside and due
   * timers at its start and when the queue is empty. An uncaught error is raised here, and the rest stays queued. Nested calls
   * stack: the innermost returns first. Stackless: `run()`.
   */
  run(limits?: RunLimits): void {
    const { ms, switches } = readRunLimits(limits)
    const caller = realm.current
    if (realm.callbacks > 0) throw inCallback("run()")
    if (this.trap !== 0) throw new SwitchTrapError("run()")
    if (realm.nesting >= MAX_NESTING) throw new TaskletError("nesting", `run() would be nested ${MAX_NESTING} deep. Wait with yield* instead.`)
    const wasDraining = this.draining
    if (caller !== null) caller.flags |= IN_RUN
    let finished = false
    // What has failed in the slice that calls a nested run is for the run that drives that slice.
    const outer = this.depth > 0 ? this.errors.takeAll() : []
    this.enter(false)
    try {
      finished = this.loop(switches, ms === Infinity ? Infinity : this.clock.now() + ms, Infinity)
    } finally {
      this.leave(caller, wasDraining)
      if (caller !== null) caller.flags &= ~IN_RUN
      if (outer.length > 0) this.adoptUncaught(outer)
      if (this.depth === 0) this.events.suspend(!finished)
    }
  }

  /** Lets the scheduler drain itself again after a bounded or failed `run()`. */
  resume(): void {
    this.events.suspend(false)
  }

  /** How many tasklets can run: those in the queue, and the current one. */
  get runCount(): number {
    return this.queue.length + (this.current === undefined ? 0 : 1)
  }

  /** The tasklet of this scheduler whose code is running, if any. */
  get current(): Tasklet | undefined {
    return realm.current?.scheduler === this ? realm.current : undefined
  }

  /**
   * While it is not 0, every switch of tasklets raises SwitchTrapError instead, and nothing happens. It counts, so sections
   * nest: `scheduler.switchTrap++ … scheduler.switchTrap--`. Stackless: `switch_trap()`.
   */
  get switchTrap(): number {
    return this.trap
  }

  set switchTrap(level: number) {
    checkCount("switchTrap", level, 0)
    this.trap = level
    if (level > 0) this.attend()
    mirrorTrap(this.current)
  }

  /** @internal The only way to choose: by `pick`, or by the seeded random. */
  choose(kind: ChoiceKind, count: number): number {
    if (this.pick === null) return this.random.integer(count)
    const index = this.pick(kind, count)
    if (!Number.isInteger(index) || index < 0 || index >= count) throw new InvalidArgumentError(`pick("${kind}", ${count})`, index, `an integer from 0 to ${count - 1}`)
    return index
  }

  /** @internal How many resumes there have been. */
  get switches(): number {
    return this.switchesBefore + this.granted - this.patience
  }

  /** @internal */
  countSwitch(): void {
    this.switchesBefore++
  }

  /**
   * @internal Creates a tasklet that is ready to start, in no list and not yet announced by `begun`. A generator function is called
   * here: that runs nothing of its body, and the generator holds the arguments, so neither an array of them nor a first call is
   * needed later.
   */
  create(body: Body, ...args: readonly unknown[]): Tasklet {
    const tasklet = new Tasklet(body, this)
    tasklet.state = PAUSED
    this.started++
    if (body instanceof GeneratorFunction) {
      try {
        tasklet.generator = body(...args)
      } catch (error) {
        tasklet.generator = lateError(error)
      }
    } else {
      tasklet.value = args
      tasklet.flags = UNSTARTED
    }
    const locals = realm.current?.details?.locals
    if (locals != null) tasklet.detail().locals = locals
    return tasklet
  }

  /** @internal Lists a tasklet that has been made ready, and tells the tools. */
  begun(tasklet: Tasklet): void {
    if (this.registry === null) return
    this.registry.add(tasklet)
    const { hooks } = this
    if (hooks !== null && tell(tasklet, () => hooks.created?.(tasklet))) fault(tasklet, KILL)
  }

  /** @internal Sets a new tasklet going: listed, then appended. */
  launch(tasklet: Tasklet): void {
    this.begun(tasklet)
    this.append(tasklet)
  }

  /** @internal Appends a tasklet that is in no list. */
  append(tasklet: Tasklet): void {
    this.queue.push(tasklet)
    if (this.hooks !== null) this.woken(tasklet)
    if (this.depth === 0) this.events.wake()
  }

  /** @internal Hands over to a tasklet that is in no list. */
  handOver(tasklet: Tasklet): void {
    this.queue.handOver(tasklet)
    if (this.hooks !== null) this.woken(tasklet)
    if (this.depth === 0) this.events.wake()
  }

  private woken(tasklet: Tasklet): void {
    if (tell(tasklet, () => this.hooks?.woken?.(tasklet))) tasklet.kill({ pending: true })
  }

  /** @internal Whether a run would find something to do, timers apart. */
  hasWork(): boolean {
    return this.queue.length > 0 || this.ingress.length > 0
  }

  /** @internal A tasklet's error that nobody has joined. */
  uncaught(tasklet: Tasklet): void {
    this.errors.add(tasklet.value, tasklet, true)
    this.attend()
  }

  /** @internal An error that is not a tasklet's own end: of a clean-up, say. */
  uncaughtError(error: unknown, tasklet: Tasklet | null): void {
    this.errors.add(error, tasklet, false)
    this.attend()
  }

  /** @internal Takes over errors that a tasklet of this loop has caused in another one. */
  adoptUncaught(errors: readonly UncaughtError[]): void {
    this.errors.putBack(errors)
    this.attend()
  }

  /** @internal Raises the first uncaught error, if there is one; of those that came after the first `known` ones. */
  raiseUncaught(known = 0): void {
    const first = this.errors.takeFirst(known)
    this.attention = this.errors.length > 0 || this.trap > 0
    if (this.attention && this.depth === 0) this.events.wake()
    if (first !== undefined) throw first.error
  }

  /** @internal Performs an operation on a hidden tasklet, for `await`. */
  performOutside<T>(operation: Operation<T>): Promise<T> {
    return awaitOutside(this, operation)
  }

  /** @internal One drain of the event loop, within the budget; gives the uncaught errors, undecided. */
  drain(): readonly UncaughtError[] {
    const caller = realm.current
    this.enter(true)
    try {
      this.loop(Infinity, this.clock.now() + this.limits.budgetMs, this.timers === null ? 0 : this.timers.made)
    } catch (error) {
      // A choice that raises, or a trap left on: the next drain would come to the same.
      this.events.suspend(true)
      this.errors.tell(error, this.previous)
    } finally {
      this.leave(caller, false)
    }
    return this.errors.takeAll()
  }

  private enter(draining: boolean): void {
    this.draining = draining
    this.depth++
    realm.nesting++
  }

  private leave(caller: Tasklet | null, draining: boolean): void {
    this.draining = draining
    this.depth--
    realm.nesting--
    realm.current = caller
    this.previous = null
    mirrorTrap(caller)
  }

  /** Runs until the queue is empty (true) or a limit is reached. Timers made later than `timersMade` are left alone. */
  private loop(switches: number, deadline: number, timersMade: number): boolean {
    const { queue, slices } = this
    this.settleSwitches()
    const end = this.switchesBefore + switches
    slices.begin()
    this.previous = null
    if (this.attention) this.lookAround()
    this.takeIn(timersMade)
    for (;;) {
      const tasklet = this.pick === null ? queue.shift() : pickNext(this, this.onSlice, timersMade)
      if (tasklet === null) {
        if (this.takeIn(timersMade)) continue
        this.settleSwitches()
        realm.finished.value = undefined
        return true
      }
      if (this.hooks === null) resume(tasklet)
      else stepWatched(tasklet)
      if (--this.patience > 0) continue
      const used = this.settleSwitches()
      if (this.attention) this.lookAround()
      const now = slices.read(tasklet, used)
      if (this.timeReaders.length > 0) this.tellTime(now)
      const left = end - this.switchesBefore
      if (now >= deadline || left <= 0) return !this.hasWork() && this.dueTimer(timersMade) === null
      this.granted = Math.min(slices.window, left)
      this.patience = this.granted
    }
  }

  /** Brings the count of switches up to date, and ends the patience; gives how many there were. */
  private settleSwitches(): number {
    const used = this.granted - this.patience
    this.switchesBefore += used
    this.granted = 0
    this.patience = 0
    return used
  }

  /** Makes the loop look around after the current slice. */
  private attend(): void {
    this.attention = true
    this.granted -= this.patience
    this.patience = 0
  }

  private lookAround(): void {
    if (this.trap > 0) throw new SwitchTrapError("the next turn")
    if (!this.draining) this.raiseUncaught()
    else this.attention = false
  }

  /** @internal Takes in entries from outside and due timers, while no tasklet is current; says whether there was anything. */
  takeIn(timersMade: number): boolean {
    realm.current = null
    let some = this.ingress.takeIn()
    if (this.timeReaders.length > 0) this.tellTime(this.clock.now())
    for (let timer = this.dueTimer(timersMade); timer !== null; timer = this.dueTimer(timersMade)) {
      this.timers?.remove(timer)
      if ("enter" in timer.node) this.ingress.enter(timer.node)
      else wake(timer.node, undefined)
      some = true
      if (this.pick !== null && this.queue.length > 0 && this.dueTimer(timersMade) !== null && this.choose("due", 2) === 1) break
    }
    return some
  }

  private tellTime(now: number): void {
    for (const reader of this.timeReaders.splice(0)) reader(now)
  }

  /** @internal */
  dueTimer(timersMade: number): Timer | null {
    const first = this.timers?.first
    return first !== undefined && first.order <= timersMade && first.at <= this.clock.now() ? first : null
  }

  private slow(slice: SlowSlice): void {
    this.slowSlices++
    this.hooks?.slow?.(slice)
    this.onReport({ kind: "slow_slice", ...slice })
  }
}
