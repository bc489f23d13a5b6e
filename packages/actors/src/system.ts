/** Systems: where processes live. */
import { InvalidArgumentError, type Operation, type Scheduler } from "@vivarium/core"
import { checkCount, checkDuration, checkOptions, currentScheduler, OwnedCall } from "@vivarium/core/lowlevel"
import type { ActorClass } from "./actor-type.ts"
import { handleBeside } from "./beside.ts"
import type { Cell } from "./cell.ts"
import { bury } from "./death.ts"
import { type DeadLetter, DeadLetters } from "./dead-letters.ts"
import { NoProcessError } from "./errors.ts"
import { SystemEvents } from "./events.ts"
import { fail, reap } from "./exits.ts"
import { CALL_TIMEOUT_MS, MESSAGE_BUDGET, SLOW_METHOD_MS, STOP_DEADLINE_MS } from "./limits.ts"
import { live } from "./life.ts"
import { Names } from "./names.ts"
import { DEFAULT_SETTINGS, type MailboxOptions, readSettings } from "./process-settings.ts"
import { makeTimer, type ProcessTimer, type TimerOptions } from "./process-timer.ts"
import { Ref } from "./ref.ts"
import { shared } from "./shared.ts"
import { spawnCell, startCell } from "./spawn.ts"
import type { RefOf, SpawnArguments, StarCheck, Startable } from "./spawn-types.ts"
import { stopWorld } from "./stop-world.ts"
import { type Counters, World } from "./world.ts"
import { checkTimeout } from "./time-out.ts"

/** Options of a system. */
export interface SystemOptions {
  /** Shown in reports. Default "system". */
  readonly name?: string
  /** On which scheduler its processes run. Default: the current tasklet's, or the default one. */
  readonly scheduler?: Scheduler
  /** Of all mailboxes, unless spawning says otherwise. */
  readonly mailbox?: MailboxOptions
  /** How long a call waits for its answer, in milliseconds. Default 5,000. */
  readonly callTimeoutMs?: number
  /** How many messages an actor handles before it gives way. Default 1,000. */
  readonly messageBudget?: number
  /** A method that runs longer without giving way is told as `slowMethod`, while somebody listens. Default 50. */
  readonly slowMethodMs?: number
  /** How long one process is given to end. Default 5,000. */
  readonly shutdownMs?: number
  /** Checks all calls and casts by the `protocol` of the class. Default false. */
  readonly validate?: boolean
  /** Where crash reports are printed: by default, on the console. False for nowhere: then listen to `events`. */
  readonly log?: boolean | ((text: string) => void)
  /** Told of errors that are nobody's: what a listener throws, or a `finally` block that is killed. Default: as an uncaught error of the scheduler. */
  readonly onUncaught?: (error: unknown) => void
}

/** What a system has counted, and how many processes and names there are now. */
export interface SystemStatistics extends Readonly<Counters> {
  readonly processes: number
  readonly names: number
}

const KNOWN = ["name", "scheduler", "mailbox", "callTimeoutMs", "messageBudget", "slowMethodMs", "shutdownMs", "validate", "log", "onUncaught"]

/**
 * A system of processes: spawns them, knows their names, tells what happens to them, and ends them all. Several may share a scheduler.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 *
 * class Bee extends Actor {
 *   greet(name: string) {
 *     return `hello ${name}, I am ${this.self.name}`
 *   }
 * }
 * await using meadow = new System({ name: "meadow" })
 * const maya = await meadow.start(Bee, { name: "Maya" })
 * console.log(await maya.call.greet("Willy"))
 * // prints: hello Willy, I am Maya
 * ```
 */
export class System {
  /** What happens in it: see `SystemEventMap`. */
  readonly events: SystemEvents
  /** @internal */
  readonly "~world": World

  constructor(options: SystemOptions = {}) {
    checkOptions("options", options, KNOWN, 'new System({ name: "meadow" })')
    const { callTimeoutMs = CALL_TIMEOUT_MS, messageBudget = MESSAGE_BUDGET, name = "system", slowMethodMs = SLOW_METHOD_MS } = options
    if (typeof name !== "string" || name === "") throw new InvalidArgumentError("name", name, "a string that is not empty")
    checkTimeout("callTimeoutMs", callTimeoutMs, "new System({ callTimeoutMs: 1000 })")
    checkCount("messageBudget", messageBudget, 1)
    checkDuration("slowMethodMs", slowMethodMs, "new System({ slowMethodMs: 100 })")
    const loop = options.scheduler ?? currentScheduler()
    if (typeof loop.launch !== "function") throw new InvalidArgumentError("scheduler", loop, "a scheduler", "right: new System({ scheduler: new Scheduler() })")
    const onUncaught = safe(readFunction("onUncaught", options.onUncaught), (error) => loop.uncaughtError(error, null))
    this.events = new SystemEvents(onUncaught)
    const world: World = new World({
      name,
      loop,
      settings: readSettings(DEFAULT_SETTINGS, options),
      messageBudget,
      callTimeoutMs,
      slowMethodMs,
      events: this.events,
      names: new Names(this.events),
      deadLetters: new DeadLetters(this.events, () => world.counters.deadLetters++),
      log: readLog(options.log),
      onUncaught,
      bodies: { live, reap: (cell: Cell) => reap(cell, bury), fail, beside: handleBeside },
    })
    world.system = this
    this["~world"] = world
    shared.running.add(this)
    shared.made?.(this)
  }

  /** Shown in reports. */
  get name(): string {
    return this["~world"].name
  }

  /** The scheduler on which its processes run. */
  get scheduler(): Scheduler {
    return this["~world"].loop as Scheduler
  }

  /** The processes that have not ended, the oldest first. */
  get processes(): readonly Ref<unknown>[] {
    return [...this["~world"].cells()].map(({ ref }) => ref)
  }

  /** The names that are held. */
  get names(): readonly string[] {
    return this["~world"].names.list()
  }

  /** The last messages that nobody handled, the oldest first; at most 100. All are counted. */
  get deadLetters(): readonly DeadLetter[] {
    return this["~world"].deadLetters.list()
  }

  /** What has been counted. */
  statistics(): SystemStatistics {
    const { counters, names, size } = this["~world"]
    return { ...counters, processes: size, names: names.size }
  }

  /** Starts an actor or a raw process, and returns at once. Its constructor and `init` run at its first turn. Raises NameTakenError. */
  spawn<S extends Startable>(what: S & StarCheck<S>, ...options: SpawnArguments<S>): RefOf<S>
  spawn(what: Startable, options?: object): Ref<unknown> {
    return spawnCell(this["~world"], null, what as ActorClass, options).ref
  }

  /** Starts an actor and waits until its `init` is done. Raises StartError. */
  start<S extends Startable>(what: S & StarCheck<S>, ...options: SpawnArguments<S>): Operation<RefOf<S>>
  start(what: Startable, options?: object): Operation<Ref<unknown>> {
    return startCell(this["~world"], null, what as ActorClass, options)
  }

  /** Who holds a name, or undefined. */
  whereis(name: string): Ref<unknown> | undefined {
    return this["~world"].names.find(name)?.ref
  }

  /** Takes a name for a process. Raises NameTakenError, and NoProcessError if it has ended. */
  register(name: string, ref: Ref<never> | Ref<unknown>): void {
    const cell = ref instanceof Ref ? ref["~resolve"]() : undefined
    if (cell === undefined) throw new InvalidArgumentError("ref", ref, "a reference", 'right: system.register("queen", bee)')
    if (cell === null || !cell.alive) throw new NoProcessError(String(ref), "register()")
    this["~world"].names.register(name, cell)
  }

  /** Gives a name back; says whether it was held. */
  unregister(name: string): boolean {
    return this["~world"].names.unregister(name)
  }

  /** Sends a message later, from outside of any process: `to` is needed. */
  sendAfter(ms: number, message: unknown, options: TimerOptions & { readonly to: Ref<never> | Ref<unknown> | string }): ProcessTimer {
    return makeTimer(this["~world"], null, ms, message, options, false)
  }

  /**
   * Ends all processes, those started at top level in reverse order: each is asked to shut down and given its `shutdownMs`, then killed; at the deadline
   * all that is left is. Nothing can be started from then on, and nothing is left behind. Default deadline 30,000 ms.
   */
  stop(options: { readonly deadlineMs?: number } = {}): Operation<void> {
    checkOptions("options", options, ["deadlineMs"], "system.stop({ deadlineMs: 10_000 })")
    const { deadlineMs = STOP_DEADLINE_MS } = options
    checkTimeout("deadlineMs", deadlineMs, "system.stop({ deadlineMs: 10_000 })")
    const world = this["~world"]
    const forget = (): void => {
      shared.running.delete(this)
    }
    return new OwnedCall<void>(world.loop, stopWorld as never, [world, deadlineMs, forget])
  }

  /** `await using system = new System()` stops it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** @internal Those that have not been stopped. */
  static "~running"(): readonly System[] {
    return [...shared.running]
  }
}

function readLog(log: unknown): ((text: string) => void) | null {
  if (typeof log === "function") return log as (text: string) => void
  if (log !== undefined && typeof log !== "boolean") throw new InvalidArgumentError("log", log, "true, false or a function of the text")
  return log === false ? null : print
}

/** What raises while it is told of an error is an uncaught error of the scheduler: it must not keep a process from its end. */
function safe(onUncaught: ((error: unknown) => void) | undefined, last: (error: unknown) => void): (error: unknown) => void {
  if (onUncaught === undefined) return last
  return (error) => {
    try {
      onUncaught(error)
    } catch (second) {
      last(second)
    }
  }
}

function print(text: string): void {
  ;(globalThis as { console?: { error(text: string): void } }).console?.error(text)
}

function readFunction<F>(name: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== "function") throw new InvalidArgumentError(name, value, "a function")
  return value
}
