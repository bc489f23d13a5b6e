/** The scheduler's face: options, creation, `main`, statistics and tools, on top of the run loop. */
import type { Outcome, StarredBody } from "./body.ts"
import { type SignalOption, withSignal } from "./abort.ts"
import { Channel } from "./channel.ts"
import type { ChannelOptions } from "./channel-options.ts"
import { checkDuration, readFlag } from "./checks.ts"
import { InvalidArgumentError } from "./errors.ts"
import { combineHooks, type Hooks } from "./instrument.ts"
import { readLimits } from "./limits.ts"
import { type MainOptions, runMain } from "./main.ts"
import type { Operation } from "./operation.ts"
import { Random } from "./random.ts"
import { realm } from "./realm.ts"
import { Registry } from "./registry.ts"
import type { Leak } from "./reports.ts"
import { RunLoop } from "./run-loop.ts"
import { checkSchedulerOptions, type SchedulerOptions, type SchedulerStatistics } from "./scheduler-options.ts"
import { Sleep } from "./sleep.ts"
import { startTasklet } from "./start.ts"
import { statisticsOf } from "./statistics.ts"
import type { Tasklet } from "./tasklet.ts"
import type { TaskletOptions } from "./tasklet-options.ts"

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
export class Scheduler extends RunLoop {
  private readonly debug: boolean
  private tools: readonly Hooks[] = []
  private leaks = 0

  constructor(options: SchedulerOptions = {}) {
    checkSchedulerOptions(options)
    const { clock, debug, limits, onReport, onSlice, onUncaught, pick, random } = options
    super({ clock, limits: readLimits(limits), onReport, onSlice, onUncaught, pick, random: typeof random === "object" ? random : new Random(random) })
    this.debug = readFlag("debug", debug)
    this.watch()
  }

  /** Creates a tasklet and appends it to the run queue. Arguments go to the body; options may come first. */
  tasklet<A extends readonly unknown[], R>(body: StarredBody<A, R>, ...args: A): Tasklet<Outcome<R>>
  tasklet<A extends readonly unknown[], R>(options: TaskletOptions, body: StarredBody<A, R>, ...args: A): Tasklet<Outcome<R>>
  tasklet(first: unknown, ...rest: unknown[]): Tasklet<never> {
    return startTasklet(this, first, rest) as Tasklet<never>
  }

  /** Makes a channel of this scheduler. */
  channel<T>(options?: ChannelOptions): Channel<T> {
    return new Channel<T>(options, this)
  }

  /** Sleeps by this scheduler's clock. */
  sleep(ms: number, options?: SignalOption): Operation<void> {
    checkDuration("ms", ms)
    const operation = new Sleep(ms, this)
    return options === undefined ? operation : withSignal(operation, options)
  }

  /**
   * Runs a body as a tasklet on the host's event loop, and settles when it has ended: with its result, its error, or
   * DeadlockError when nothing can ever wake what it waits for.
   */
  main<A extends readonly unknown[], R>(body: StarredBody<A, R>, ...args: A): Promise<Outcome<R>>
  main<A extends readonly unknown[], R>(options: MainOptions, body: StarredBody<A, R>, ...args: A): Promise<Outcome<R>>
  main(first: unknown, ...rest: unknown[]): Promise<never> {
    return runMain(this, first, rest) as Promise<never>
  }

  /** The tasklets that have not ended, as far as they are listed: the runnable ones; all in debug mode or with a tool attached. */
  tasklets(): readonly Tasklet[] {
    if (this.registry !== null) return this.registry.list()
    const { current } = this
    return current === undefined ? this.queue.toArray() : [current, ...this.queue.toArray()]
  }

  /** What has been counted so far. */
  statistics(): SchedulerStatistics {
    return { ...statisticsOf(this), leaks: this.leaks }
  }

  /** Attaches a tool's hooks, until the result is disposed of. While any tool is attached, all tasklets are listed. */
  instrument(hooks: Hooks): Disposable {
    if (typeof hooks !== "object" || hooks === null) throw new InvalidArgumentError("hooks", hooks, "an object of functions", "right: instrument({ switched(tasklet) { … } })")
    for (const [name, hook] of Object.entries(hooks)) {
      if (hook !== undefined && typeof hook !== "function") throw new InvalidArgumentError(`hooks.${name}`, hook, "a function")
    }
    const tool = { ...hooks }
    this.tools = [...this.tools, tool]
    this.watch()
    return {
      [Symbol.dispose]: () => {
        this.tools = this.tools.filter((one) => one !== tool)
        this.watch()
      },
    }
  }

  private watch(): void {
    const watching = this.debug || this.tools.length > 0
    this.slices.exact = watching
    this.hooks = combineHooks(this.tools, (error) => this.errors.tell(error, realm.current))
    if (!watching) this.registry = null
    else if (this.registry === null) {
      this.registry = new Registry(this.debug ? (leak) => this.leaked(leak) : null)
      for (const tasklet of this.queue.toArray()) this.registry.add(tasklet)
      if (this.current !== undefined) this.registry.add(this.current)
    }
  }

  private leaked(leak: Leak): void {
    this.leaks++
    this.onReport({ kind: "leak", ...leak })
  }
}

realm.newScheduler ??= () => new Scheduler()
