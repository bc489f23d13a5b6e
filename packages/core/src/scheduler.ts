/**
 * The scheduler: one run queue, one choice point, one clock, one source of chance, one ingress.
 *
 * Invariants:
 * 1. Tasklets are taken from the run queue in `loop` and nowhere else; which one, and every other choice, goes through `choose`.
 * 2. Time is read from `clock` only; everything from outside enters through `ingress` or `timers`.
 * 3. `depth` counts the runs of this scheduler on the JavaScript stack.
 */
import { carryContext } from "./async-context.ts"
import { type Body, checkBody, type Outcome } from "./body.ts"
import { Channel } from "./channel.ts"
import type { ChannelOptions } from "./channel-options.ts"
import { checkCount, checkDuration } from "./checks.ts"
import { type Clock, HostClock } from "./clock.ts"
import { Details } from "./details.ts"
import { step } from "./drive.ts"
import { InvalidArgumentError, SwitchTrapError, TaskletError } from "./errors.ts"
import { EventLoop, type MainOptions } from "./event-loop.ts"
import { host } from "./host.ts"
import { Ingress } from "./ingress.ts"
import { combineHooks, type Hooks, type SlowSlice } from "./instrument.ts"
import { wakeJoiners } from "./join.ts"
import { type Limits, readLimits } from "./limits.ts"
import { wake } from "./offer.ts"
import { inCallback, type Operation } from "./operation.ts"
import { awaitOutside } from "./outside.ts"
import { Random } from "./random.ts"
import { realm } from "./realm.ts"
import { type Leak, Registry } from "./registry.ts"
import { RunQueue } from "./run-queue.ts"
import {
  checkSchedulerOptions,
  describeReport,
  type Pick,
  type Report,
  type RunLimits,
  type SchedulerOptions,
  type SchedulerStatistics,
  type TaskletOptions,
} from "./scheduler-options.ts"
import { Sleep } from "./sleep.ts"
import { SliceClock } from "./slices.ts"
import { DEAD, FAILED, IN_RUN, KILLED, PAUSED, SWITCH_TRAP, UNSTARTED } from "./state.ts"
import { Tasklet } from "./tasklet.ts"
import { Timers } from "./timers.ts"
import { type UncaughtError, UncaughtErrors } from "./uncaught.ts"

/** How deep runs may nest: each stands on the JavaScript stack. */
const MAX_NESTING = 1000

/**
 * Runs tasklets in turn: first in, first out, nothing preempted. Most programs use the default one through `tasklet`, `run` and
 * `main`; an own one has its own queue, clock, seed and limits. Order promised: creation and waking append; `schedule()`
 * moves to the end; hand-overs of channels run first. The same program with the same seed runs in the same order.
 *
 * @example
 * ```ts
 * import { Scheduler } from "@vivarium/core"
 *
 * const scheduler = new Scheduler({ random: 42 })
 * scheduler.tasklet(function* () {
 *   console.log("in a world of its own")
 * })
 * scheduler.run()
 * // prints: in a world of its own
 * ```
 */
export class Scheduler {
  /** @internal */
  readonly queue: RunQueue = new RunQueue()
  /** @internal */
  readonly timers: Timers = new Timers()
  /** The clock that all time is read from. */
  readonly clock: Clock
  /** The seeded generator that all chance comes from. */
  readonly random: Random
  /** The gate for what comes from outside. */
  readonly ingress: Ingress
  /** @internal */
  hooks: Hooks | null = null
  /** @internal */
  created = 0
  /** @internal */
  switches = 0
  /** @internal */
  external = 0
  /** @internal */
  droppedValues = 0
  /** @internal */
  lateRejections = 0
  /** @internal */
  depth = 0
  /** @internal The tasklet that ran before, in the same run; kept up while a tool watches. */
  previous: Tasklet | null = null
  private endedCount = 0
  private slowSlices = 0
  private leaks = 0
  private trap = 0
  /** Whether something other than the next tasklet needs a look after a step: an uncaught error, a trap. */
  private attention = false
  private readonly pick: Pick | null
  private readonly limits: Limits
  private readonly debug: boolean
  private readonly onReport: (report: Report) => void
  private readonly errors: UncaughtErrors
  private readonly slices: SliceClock
  private readonly events: EventLoop
  private tools: readonly Hooks[] = []
  private registry: Registry | null = null
  private draining = false

  constructor(options: SchedulerOptions = {}) {
    checkSchedulerOptions(options)
    const { clock, debug, limits, onReport, onUncaught, pick, random } = options
    this.clock = clock ?? new HostClock()
    this.random = typeof random === "object" ? random : new Random(random)
    this.pick = pick ?? null
    this.limits = readLimits(limits)
    this.debug = debug === true
    this.onReport = onReport ?? ((report) => host.warn(describeReport(report)))
    this.ingress = new Ingress(this)
    this.errors = new UncaughtErrors(onUncaught)
    this.slices = new SliceClock(this.clock, this.limits.slowSliceMs, (slice) => this.slow(slice))
    this.events = new EventLoop(this)
    this.watch()
  }

  /** Creates a tasklet and appends it to the run queue. Arguments go to the body; options may come first. */
  tasklet<A extends readonly unknown[], R>(body: Body<A, R>, ...args: A): Tasklet<Outcome<R>>
  tasklet<A extends readonly unknown[], R>(options: TaskletOptions, body: Body<A, R>, ...args: A): Tasklet<Outcome<R>>
  tasklet(first: unknown, ...rest: unknown[]): Tasklet<never> {
    if (typeof first === "function") return this.spawn(first as Body<never>, rest) as Tasklet<never>
    const [body, ...args] = rest
    return this.spawnWith(readTaskletOptions(first, body), body as Body, args) as Tasklet<never>
  }

  /** Makes a channel of this scheduler. */
  channel<T>(options?: ChannelOptions): Channel<T> {
    return new Channel<T>(options, this)
  }

  /** Sleeps by this scheduler's clock. */
  sleep(ms: number): Operation<void> {
    checkDuration("ms", ms)
    return new Sleep(ms, this)
  }

  /**
   * Runs tasklets until none is runnable, or a limit is reached; never waits. Takes in what has come from outside and due
   * timers at its start and when the queue is empty. An uncaught error is raised here, and the rest stays queued. Nested calls
   * stack: the innermost returns first. Stackless: `run()`.
   */
  run(limits: RunLimits = {}): void {
    const { ms, switches } = readRunLimits(limits)
    const caller = realm.current
    if (realm.callbacks > 0) throw inCallback("run()")
    if (this.trap !== 0) throw new SwitchTrapError("run()")
    if (realm.nesting >= MAX_NESTING) throw new TaskletError("nesting", `run() would be nested ${MAX_NESTING} deep. Wait with yield* instead.`)
    const wasDraining = this.draining
    this.draining = false
    if (caller !== null) caller.flags |= IN_RUN
    realm.nesting++
    this.depth++
    let finished = false
    try {
      finished = this.loop(switches, ms === Infinity ? Infinity : this.clock.now() + ms, Infinity)
    } finally {
      this.depth--
      realm.nesting--
      realm.current = caller
      this.draining = wasDraining
      if (caller !== null) caller.flags &= ~IN_RUN
      if (this.depth === 0) this.events.suspend(!finished)
    }
  }

  /** Lets the scheduler drain itself again after a bounded or failed `run()`. */
  resume(): void {
    this.events.suspend(false)
  }

  /**
   * Runs a body as a tasklet on the host's event loop, and settles when it has ended: with its result, its error, or
   * DeadlockError when nothing can ever wake what it waits for.
   */
  main<A extends readonly unknown[], R>(body: Body<A, R>, ...args: A): Promise<Outcome<R>>
  main<A extends readonly unknown[], R>(options: MainOptions, body: Body<A, R>, ...args: A): Promise<Outcome<R>>
  main(first: unknown, ...rest: unknown[]): Promise<never> {
    const options = typeof first === "function" ? {} : (first as MainOptions)
    const [body, ...args] = typeof first === "function" ? [first, ...rest] : rest
    const given = readTaskletOptions(options, body)
    return this.events.main(this.spawnWith({ ...given, name: given.name ?? "main" }, body as Body, args), options) as Promise<never>
  }

  /** How many tasklets can run: those in the queue, and the current one. */
  get runCount(): number {
    return this.queue.length + (this.current === undefined ? 0 : 1)
  }

  /** The tasklet of this scheduler whose code is running, if any. */
  get current(): Tasklet | undefined {
    return realm.current?.scheduler === this ? realm.current : undefined
  }

  /** The tasklets that have not ended, as far as they are listed: the runnable ones; all in debug mode or with a tool attached. */
  tasklets(): readonly Tasklet[] {
    if (this.registry !== null) return this.registry.list()
    const { current } = this
    return current === undefined ? this.queue.toArray() : [current, ...this.queue.toArray()]
  }

  /** What has been counted so far. */
  statistics(): SchedulerStatistics {
    const { created, droppedValues, endedCount: ended, external, lateRejections, leaks, slowSlices, switches } = this
    const runnable = this.queue.length
    const known = this.registry?.list().filter((one) => one.blocked || one.paused).length
    const blocked = known ?? Math.max(0, created - ended - this.runCount)
    const [timers, ingress] = [this.timers.size, this.ingress.length]
    return { created, ended, switches, runnable, blocked, timers, external, ingress, droppedValues, lateRejections, slowSlices, leaks }
  }

  /** Attaches a tool's hooks, until the result is disposed of. While any tool is attached, all tasklets are listed. */
  instrument(hooks: Hooks): Disposable {
    if (typeof hooks !== "object" || hooks === null) throw new InvalidArgumentError("hooks", hooks, "an object of functions", "right: instrument({ switched(tasklet) { … } })")
    for (const [name, hook] of Object.entries(hooks)) {
      if (hook !== undefined && typeof hook !== "function") throw new InvalidArgumentError(`hooks.${name}`, hook, "a function")
    }
    this.tools = [...this.tools, hooks]
    this.watch()
    return {
      [Symbol.dispose]: () => {
        this.tools = this.tools.filter((tool) => tool !== hooks)
        this.watch()
      },
    }
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
    if (level > 0) this.attention = true
    const { current } = this
    if (current !== undefined) current.flags = level > 0 ? current.flags | SWITCH_TRAP : current.flags & ~SWITCH_TRAP
  }

  /** @internal The only way to choose: by `pick`, or by the seeded random. */
  choose(kind: "tasklet" | "case" | "timers", count: number): number {
    if (this.pick === null) return this.random.integer(count)
    const index = this.pick(kind, count)
    if (!Number.isInteger(index) || index < 0 || index >= count) throw new InvalidArgumentError(`pick("${kind}", ${count})`, index, `an integer from 0 to ${count - 1}`)
    return index
  }

  /** @internal Whether tasklets are listed. */
  get watching(): boolean {
    return this.registry !== null
  }

  /** @internal */
  spawn(body: Body<never>, args: readonly unknown[]): Tasklet {
    const tasklet = this.create(body, args)
    this.queue.push(tasklet)
    if (this.depth === 0) this.events.wake()
    return tasklet
  }

  /** @internal */
  spawnWith(options: TaskletOptions, body: Body, args: readonly unknown[]): Tasklet {
    checkBody(body)
    const tasklet = this.create(body as Body<never>, args, options.name)
    if (options.context !== undefined) tasklet.body = carryContext(tasklet, body, options.context)
    this.append(tasklet)
    return tasklet
  }

  /** @internal Creates a tasklet that is ready to start, in no list. */
  create(body: Body<never>, args: readonly unknown[], name?: string): Tasklet {
    const tasklet = new Tasklet(body, this)
    tasklet.value = args
    tasklet.flags = UNSTARTED
    tasklet.state = PAUSED
    const { current } = realm
    if (current !== null) tasklet.locals = current.locals
    if (name !== undefined) tasklet.detail().name = name
    if (this.registry !== null) this.begun(tasklet)
    return tasklet
  }

  /** @internal Lists a tasklet, and tells the tools. */
  begun(tasklet: Tasklet): void {
    if (this.debug) tasklet.detail().createdAt = placeOf(new Error("created here"))
    this.registry?.add(tasklet)
    this.hooks?.created?.(tasklet)
  }

  /** @internal Appends a tasklet that is in no list. */
  append(tasklet: Tasklet): void {
    this.queue.push(tasklet)
    if (this.hooks !== null) this.hooks.woken?.(tasklet)
    if (this.depth === 0) this.events.wake()
  }

  /** @internal Hands over to a tasklet that is in no list. */
  handOver(tasklet: Tasklet): void {
    this.queue.handOver(tasklet)
    if (this.hooks !== null) this.hooks.woken?.(tasklet)
    if (this.depth === 0) this.events.wake()
  }

  /** @internal Something has come in from outside. */
  wakeUp(): void {
    this.events.wake()
  }

  /** @internal */
  newDetails(): Details {
    return new Details()
  }

  /** @internal Whether a run would find something to do, timers apart. */
  hasWork(): boolean {
    return this.queue.length > 0 || this.ingress.length > 0
  }

  /** @internal A tasklet has come to its end. */
  ended(tasklet: Tasklet, value: unknown, unwound: boolean): void {
    if (unwound || (tasklet.flags & KILLED) !== 0) tasklet.flags |= KILLED
    else tasklet.value = value
    this.bury(tasklet)
    if (tasklet.joiners !== null) wakeJoiners(tasklet)
  }

  /** @internal A tasklet has ended with an error. */
  failed(tasklet: Tasklet, error: unknown): void {
    tasklet.value = toError(error, tasklet)
    tasklet.flags |= FAILED
    this.bury(tasklet)
    if (tasklet.joiners !== null && tasklet.joiners.size > 0) wakeJoiners(tasklet)
    else if (tasklet.details?.collected !== true && tasklet.details?.group?.failedMember(tasklet) !== true) this.uncaught(tasklet)
  }

  private bury(tasklet: Tasklet): void {
    tasklet.state = DEAD
    tasklet.generator = null
    tasklet.op = null
    this.endedCount++
    if (this.registry !== null) {
      this.registry.delete(tasklet)
      this.hooks?.ended?.(tasklet)
    }
    tasklet.details?.group?.endedMember(tasklet)
  }

  /** @internal A tasklet's frames were dropped by `bind()`: it counts as ended. */
  forgotten(tasklet: Tasklet): void {
    this.endedCount++
    this.registry?.delete(tasklet)
  }

  /** @internal A tasklet's error that nobody has joined. */
  uncaught(tasklet: Tasklet): void {
    this.errors.add(tasklet.value, tasklet, true)
    this.attention = true
  }

  /** @internal An error that is not a tasklet's own end: of a clean-up, say. */
  uncaughtError(error: unknown, tasklet: Tasklet): void {
    this.errors.add(error, tasklet, false)
    this.attention = true
  }

  /** @internal Raises the first uncaught error, if there is one. */
  raiseUncaught(): void {
    const first = this.errors.shift()
    this.attention = this.errors.length > 0 || this.trap > 0
    if (first !== undefined) throw first.error
  }

  /** @internal */
  decide(errors: readonly UncaughtError[]): void {
    this.errors.decide(errors)
  }

  /** @internal Performs an operation on a hidden tasklet, for `await`. */
  performOutside<T>(operation: Operation<T>): Promise<T> {
    return awaitOutside(this, this.events, operation)
  }

  /** @internal One drain of the event loop, within the budget; gives the uncaught errors, undecided. */
  drain(): readonly UncaughtError[] {
    this.draining = true
    this.depth++
    realm.nesting++
    try {
      this.loop(Infinity, this.clock.now() + this.limits.budgetMs, this.timers.made)
    } finally {
      this.draining = false
      this.depth--
      realm.nesting--
      realm.current = null
    }
    return this.errors.takeAll()
  }

  /** Runs until the queue is empty (true) or a limit is reached. Timers made later than `timersMade` are left alone. */
  private loop(switches: number, deadline: number, timersMade: number): boolean {
    const { queue, slices } = this
    const end = this.switches + switches
    slices.begin()
    this.previous = null
    if (this.attention) this.attend()
    this.takeIn(timersMade)
    for (;;) {
      if (this.switches >= end && queue.length > 0) return false
      const tasklet = this.pick === null ? queue.shift() : this.pickNext(timersMade)
      if (tasklet === null) {
        if (this.takeIn(timersMade)) continue
        realm.finished.value = undefined
        return true
      }
      step(tasklet)
      if (this.attention) this.attend()
      if (--slices.left <= 0 && slices.read(tasklet) >= deadline && queue.length > 0) return false
    }
  }

  private attend(): void {
    if (this.trap > 0) throw new SwitchTrapError("the next turn")
    if (!this.draining) this.raiseUncaught()
    else this.attention = false
  }

  /** Takes in entries from outside and due timers; says whether there was anything. */
  private takeIn(timersMade: number): boolean {
    let some = this.ingress.takeIn()
    while (this.timerIsDue(timersMade)) {
      const timer = this.timers.first as NonNullable<Timers["first"]>
      this.timers.remove(timer)
      wake(timer.node, undefined)
      some = true
    }
    return some
  }

  private timerIsDue(timersMade: number): boolean {
    const { first } = this.timers
    return first !== undefined && first.order <= timersMade && first.at <= this.clock.now()
  }

  private pickNext(timersMade: number): Tasklet | null {
    const { queue } = this
    if (queue.length === 0 || queue.lastHanded !== null) return queue.shift()
    if (this.timerIsDue(timersMade) && this.choose("timers", 2) === 1) this.takeIn(timersMade)
    const tasklet = queue.at(queue.length === 1 ? 0 : this.choose("tasklet", queue.length))
    queue.remove(tasklet)
    return tasklet
  }

  private watch(): void {
    const watching = this.debug || this.tools.length > 0
    this.slices.exact = watching
    this.hooks = combineHooks(this.tools, (error) => this.errors.tell(error, realm.current as Tasklet))
    if (!watching) this.registry = null
    else if (this.registry === null) {
      this.registry = new Registry(this.debug ? (leak) => this.leaked(leak) : null)
      for (const tasklet of this.queue.toArray()) this.registry.add(tasklet)
    }
  }

  private leaked(leak: Leak): void {
    this.leaks++
    this.onReport({ kind: "leak", ...leak })
  }

  private slow(slice: SlowSlice): void {
    this.slowSlices++
    this.hooks?.slow?.(slice)
    this.onReport({ kind: "slow_slice", ...slice })
  }
}

realm.newScheduler ??= () => new Scheduler()

function readTaskletOptions(options: unknown, body: unknown): TaskletOptions {
  if (typeof options !== "object" || options === null || typeof (options as { next?: unknown }).next === "function") {
    checkBody(options)
  }
  if (typeof options === "object" && options !== null && "then" in options) checkBody(options)
  checkBody(body)
  const { name } = options as TaskletOptions
  if (name !== undefined && typeof name !== "string") throw new InvalidArgumentError("name", name, "a string")
  return options as TaskletOptions
}

function readRunLimits(limits: RunLimits): { switches: number; ms: number } {
  if (typeof limits !== "object" || limits === null) throw new InvalidArgumentError("limits", limits, "an object { switches, ms }", "right: run({ switches: 100 })")
  const { ms, switches } = limits
  if (switches !== undefined && switches !== Infinity) checkCount("switches", switches, 1)
  if (ms !== undefined && ms !== Infinity) checkDuration("ms", ms)
  return { switches: switches ?? Infinity, ms: ms ?? Infinity }
}

function toError(error: unknown, tasklet: Tasklet): object {
  const isError = error instanceof Error || Object.prototype.toString.call(error) === "[object Error]"
  const raised: object = isError
    ? (error as Error)
    : new TaskletError("not_an_error", `${tasklet.name} (#${tasklet.id}) threw a value that is no Error; it is in \`value\`. Throw Error objects.`, { value: error })
  if (!realm.owners.has(raised)) realm.owners.set(raised, tasklet)
  return raised
}

/** The first line of a stack that lies outside of this package's scheduling code. */
function placeOf(error: Error): string | undefined {
  const lines = (error.stack ?? "").split("\n").slice(1)
  const line = lines.find((one) => !/[\\/]packages[\\/]core[\\/](src|dist)[\\/]|@vivarium[\\/]core/.test(one))
  return line?.trim()
}
