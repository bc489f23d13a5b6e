/**
 * What every process can do, be it an actor (`this`) or a raw process (`self`): the verbs. Each raises ActorError with the code `dead_actor`
 * once the process has ended, which only async code can come to see.
 */
import { InvalidArgumentError, type Operation, type Suspend } from "@vivarium/core"
import { checkOptions, readFlag } from "@vivarium/core/lowlevel"
import { signalOf } from "./abort.ts"
import { Alias } from "./alias.ts"
import { type ActorClass } from "./actor-type.ts"
import { type Cell, CONTINUES, DEAD, RAW, TRAPS_EXIT } from "./cell.ts"
import { ancestorsOf } from "./crash-report.ts"
import { CONTINUATION, Envelope, EXIT } from "./envelope.ts"
import { deadActor } from "./dead-actor.ts"
import { NoProcessError } from "./errors.ts"
import { checkReason, ExitReason } from "./exit-reason.ts"
import { dieOfItself, Exit, linkCells, sendExit, unlinkCells } from "./exits.ts"
import { extrasOf } from "./extras.ts"
import { signal, wakeIdle } from "./mailbox.ts"
import { checkMonitorOptions, type Monitor, monitor, type MonitorOptions } from "./monitor.ts"
import { makeTimer, ProcessTimer, type TimerOptions } from "./process-timer.ts"
import { type After, type Clause, type ClauseResult, receiveFor } from "./receive.ts"
import type { StandardSchema } from "./protocol.ts"
import { Ref } from "./ref.ts"
import type { Self } from "./self.ts"
import type { RefOf, SpawnArguments, StarCheck, Startable } from "./spawn-types.ts"
import { spawnCell, startCell } from "./spawn.ts"
import { NeverResumes, requestStop } from "./stopping.ts"
import type { System } from "./system.ts"
import { currentEnvelope } from "./current-envelope.ts"

/** Options of `demonitor()`. */
export interface DemonitorOptions {
  /** Takes an unread Down away, too. */
  readonly flush?: boolean
  /** Asks whether it was active still: false once its Down has been sent, flushed or not. Without this the result is true. */
  readonly info?: boolean
}

/** What `stop()` gives: `yield*` it to end here and now, or leave it alone. Nobody else can wait for it. */
export interface Ending {
  /** Never comes to an end. */
  [Symbol.iterator](): Iterator<Suspend, never, unknown>
}

/** The verbs of a process. `M` is what it may be sent. */
export abstract class Living<M = unknown> implements Self {
  /** @internal */
  abstract get "~cell"(): Cell

  /** Its own reference. */
  get self(): Ref<unknown> {
    return this["~cell"].ref
  }

  /** The system that it lives in. */
  get system(): System {
    return this["~cell"].world.system as System
  }

  /** Who sent the message that is being handled; undefined if that was no process. */
  get sender(): Ref<unknown> | undefined {
    return currentEnvelope(live(this))?.sender?.ref
  }

  /** Aborted when the process begins to end: for async methods, and for foreign code that takes a signal. */
  get signal(): AbortSignal {
    return signalOf(this["~cell"])
  }

  /** Whether exit signals become messages instead of ending it. Erlang: `process_flag(trap_exit, …)`. */
  get trapExit(): boolean {
    return (this["~cell"].flags & TRAPS_EXIT) !== 0
  }

  set trapExit(on: boolean) {
    const cell = live(this)
    if (typeof on !== "boolean") throw new InvalidArgumentError("trapExit", on, "true or false")
    cell.flags = on ? cell.flags | TRAPS_EXIT : cell.flags & ~TRAPS_EXIT
  }

  /** Those that it has spawned and that have not ended, the oldest first. Looks at all processes. */
  get children(): readonly Ref<unknown>[] {
    const cell = this["~cell"]
    return [...cell.world.cells()].filter(({ parent }) => parent === cell).map(({ ref }) => ref)
  }

  /** Who spawned it, and who spawned that one, the nearest first. */
  get ancestors(): readonly Ref<unknown>[] {
    return ancestorsOf(this["~cell"])
  }

  /** On whose behalf it works: of a task, who started it, and on whose behalf that was, the nearest first; of others empty. Elixir: `$callers`. */
  get callers(): readonly Ref<unknown>[] {
    const callers = this["~cell"].extras?.callers ?? []
    return callers.map(({ ref }) => ref)
  }

  /** Its label, for tools. */
  get label(): string | undefined {
    return this["~cell"].extras?.label
  }

  set label(label: string | undefined) {
    if (label !== undefined && typeof label !== "string") throw new InvalidArgumentError("label", label, "a string or undefined")
    extrasOf(live(this)).label = label
  }

  /** Starts another process, which is its child, and returns at once. Raises NameTakenError. */
  spawn<S extends Startable>(what: S & StarCheck<S>, ...options: SpawnArguments<S>): RefOf<S>
  spawn(what: Startable, options?: object): Ref<unknown> {
    const cell = live(this)
    return spawnCell(cell.world, cell, what as ActorClass, options).ref
  }

  /** The same with a link, set before the child can run. */
  spawnLink<S extends Startable>(what: S & StarCheck<S>, ...options: SpawnArguments<S>): RefOf<S>
  spawnLink(what: Startable, options?: object): Ref<unknown> {
    const cell = live(this)
    return spawnCell(cell.world, cell, what as ActorClass, options, { link: true }).ref
  }

  /** The same with a monitor, set before the child can run. */
  spawnMonitor<S extends Startable>(what: S & StarCheck<S>, ...options: SpawnArguments<S>): { readonly ref: RefOf<S>; readonly monitor: Monitor }
  spawnMonitor(what: Startable, options?: object): { readonly ref: Ref<unknown>; readonly monitor: Monitor } {
    const cell = live(this)
    const child = spawnCell(cell.world, cell, what as ActorClass, options)
    return { ref: child.ref, monitor: monitor(cell, child, child.ref) }
  }

  /** Starts an actor and waits until its `init` is done. Raises StartError. */
  start<S extends Startable>(what: S & StarCheck<S>, ...options: SpawnArguments<S>): Operation<RefOf<S>>
  start(what: Startable, options?: object): Operation<Ref<unknown>> {
    const cell = live(this)
    return startCell(cell.world, cell, what as ActorClass, options) as Operation<Ref<unknown>>
  }

  /** The same with a link: if it fails, the link tells so, too. */
  startLink<S extends Startable>(what: S & StarCheck<S>, ...options: SpawnArguments<S>): Operation<RefOf<S>>
  startLink(what: Startable, options?: object): Operation<Ref<unknown>> {
    const cell = live(this)
    return startCell(cell.world, cell, what as ActorClass, options, { link: true }) as Operation<Ref<unknown>>
  }

  /**
   * Links the two: the end of one is a signal to the other. Linking twice is one link; a process cannot be linked to itself. Of one that has
   * ended, a process that traps exits is told by an Exit with `noproc`; else NoProcessError is raised.
   */
  link(ref: Ref<never> | Ref<unknown>): void {
    const cell = live(this)
    const target = resolve("link()", ref)
    if (target !== null && target.state !== DEAD) linkCells(cell, target)
    else if (this.trapExit) signal(cell, new Envelope(EXIT, target, "exit", new Exit(ref as Ref<unknown>, ExitReason.noproc)))
    else throw new NoProcessError(String(ref), "link()", "A process that traps exits is told by a message instead.")
  }

  /** Takes the link away: no Exit comes from it any more. One that is in the mailbox already stays. */
  unlink(ref: Ref<never> | Ref<unknown>): void {
    const target = resolve("unlink()", ref)
    if (target !== null) unlinkCells(live(this), target)
  }

  /** To be told when a process ends, by a Down. Each call sets another monitor. A name is looked up now. Of a dead one the Down comes at once. */
  monitor(target: Ref<never> | Ref<unknown> | string, options: MonitorOptions = {}): Monitor {
    const cell = live(this)
    checkMonitorOptions(options)
    if (typeof target === "string") return monitor(cell, cell.world.names.find(target) ?? null, target, options)
    return monitor(cell, resolve("monitor()", target), (target as Ref<unknown>).id === 0 ? String(target.name) : (target as Ref<unknown>), options)
  }

  /** Ends a monitor of its own. A Down that is in the mailbox stays, unless flushed. */
  demonitor(one: Monitor, options: DemonitorOptions = {}): boolean {
    const cell = live(this)
    checkOptions("options", options, ["flush", "info"], "this.demonitor(monitor, { flush: true })")
    const flush = readFlag("flush", options.flush)
    const info = readFlag("info", options.info)
    if (typeof one !== "object" || one === null || !("watcher" in one)) throw new InvalidArgumentError("monitor", one, "what monitor() gave")
    const found = one.watcher === cell && one.demonitor(flush)
    return !info || found
  }

  /** An address of this process that it can turn off. With `once`, the first message does. Erlang: `alias/1`. */
  alias(options: { readonly once?: boolean } = {}): Alias {
    checkOptions("options", options, ["once"], "this.alias({ once: true })")
    return new Alias(live(this), readFlag("once", options.once), null, true)
  }

  /** Sends an exit signal: see `Ref.exit`. Sent to itself it is obeyed, too. */
  signalExit(ref: Ref<never> | Ref<unknown>, reason: ExitReason): void {
    checkReason("reason", reason)
    const cell = live(this)
    const target = resolve("signalExit()", ref)
    if (target !== null) sendExit(target, cell, reason, false)
  }

  /**
   * Ends itself when the current method has: its result is the answer, `terminate` runs before. `yield* this.stop(reason)` never resumes, so
   * there is no answer. A raw process ends at its next wait.
   */
  stop(reason: ExitReason = ExitReason.normal): Ending {
    checkReason("reason", reason)
    const cell = live(this)
    requestStop(cell, reason)
    if ((cell.flags & RAW) !== 0) dieOfItself(cell, cell.reason)
    return new NeverResumes(cell)
  }

  /** Takes a name for itself, or for another process. Raises NameTakenError. */
  register(name: string, ref?: Ref<never> | Ref<unknown>): void {
    const cell = live(this)
    const target = ref === undefined ? cell : resolve("register()", ref)
    if (target === null || target.state === DEAD) throw new NoProcessError(String(ref), "register()")
    cell.world.names.register(name, target)
  }

  /** Gives a name back; says whether it was held. */
  unregister(name: string): boolean {
    return live(this).world.names.unregister(name)
  }

  /**
   * Takes the oldest message that fits: any type guard, a class (`Down`, `Exit`), a schema, or clauses made with `on` and `after`. Without arguments, the oldest of all. Those
   * that do not fit stay where they are. Messages are what was sent, Down, Exit (if trapped) and what timers bring; never calls or casts.
   */
  receive(): Operation<M>
  receive<T extends M>(guard: (message: M) => message is T): Operation<T>
  receive<T>(guard: (message: unknown) => message is T): Operation<T>
  receive(guard: (message: M) => boolean): Operation<M>
  receive<T>(schema: StandardSchema<T>): Operation<T>
  receive<T>(Class: abstract new (...args: never) => T): Operation<T>
  receive<C extends readonly (Clause<unknown> | After<unknown>)[]>(...clauses: C): Operation<ClauseResult<C[number]>>
  receive(...given: readonly unknown[]): Operation<unknown> {
    return receiveFor(live(this), given)
  }

  /** Sends a message later, to itself unless `to` says else. It comes as it is. */
  sendAfter(ms: number, message: unknown, options: TimerOptions = {}): ProcessTimer {
    const cell = live(this)
    return makeTimer(cell.world, cell, ms, message, options, false)
  }

  /** The same, but the message comes in a Timeout that names the timer. */
  startTimer(ms: number, message: unknown, options: TimerOptions = {}): ProcessTimer {
    const cell = live(this)
    return makeTimer(cell.world, cell, ms, message, options, true)
  }

  /** Takes a timer back, by itself or by its key; gives the milliseconds left, or false. See `ProcessTimer.cancel`. */
  cancelTimer(timerOrKey: unknown): number | false {
    const cell = live(this)
    const timer = timerOrKey instanceof ProcessTimer ? timerOrKey : cell.extras?.keyedTimers?.get(timerOrKey)
    return timer === undefined ? false : timer.cancel()
  }
}

/** The cell of a process that has not ended. */
export function live(self: Self): Cell {
  const cell = self["~cell"]
  if (cell.state === DEAD) throw deadActor(cell)
  return cell
}

function resolve(what: string, ref: unknown): Cell | null {
  if (ref instanceof Ref) return ref["~resolve"]()
  throw new InvalidArgumentError("ref", ref, "a reference", `right: this.${what.slice(0, -1)}ref)`)
}

/** What `continueWith` adds. */
export function continueCell(cell: Cell, step: () => unknown): void {
  const { continuations } = extrasOf(cell)
  continuations.push(new Envelope(CONTINUATION, null, "continueWith", step))
  cell.flags |= CONTINUES
  wakeIdle(cell)
}
