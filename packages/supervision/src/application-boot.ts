/**
 * The start of an application: the configuration, then `start`, the tree, and the phases. One step after another; the first failure is the last step.
 *
 * It runs on a tasklet of its own, so that it can be interrupted. What it has started is stopped by the life that began it.
 */
import { describeReason, ExitReason, type Ref, type StandardSchema, StartError, type System } from "@vivarium/actors"
import { awaitStart, type Cell, checkStart, EndOf, isRecipe, spawnNamed } from "@vivarium/actors/lowlevel"
import { call, Event, type Routine, select, type Tasklet, until } from "@vivarium/core"
import { isThenable } from "@vivarium/core/lowlevel"
import { ApplicationError, configRefused, stepFailed } from "./application-error.ts"
import { HookRunner } from "./application-hook.ts"
import { type AnyOptions, phasesOf, type RunningContext } from "./application-options.ts"
import { cancelStart } from "./cancel-start.ts"
import { SpecError } from "./errors.ts"

/** What all functions are given. */
export type AnyContext = RunningContext<unknown, unknown, Ref<unknown>>

/** The start is not wanted any more. */
const CANCELLED = new Error("cancelled")

export class Boot {
  /** Set when it has come to its end, well or not. */
  readonly ended: Event
  /** Whether all of it has succeeded. */
  succeeded = false
  /** Why it has not. */
  failure: ApplicationError | undefined = undefined
  /** The supervisor at the top, once it has started. */
  top: Ref<unknown> | null = null
  /** Its process, once there is one. */
  cell: Cell | null = null
  /** Whether `stop` is owed. */
  opened = false
  private readonly options: AnyOptions
  private readonly system: System
  private readonly env: unknown
  private readonly hooks = new HookRunner()
  private config: unknown = undefined
  private resources: unknown = undefined
  private step = "config"
  private begun = false
  private cancelled = false

  constructor(options: AnyOptions, system: System, env: unknown) {
    this.options = options
    this.system = system
    this.env = env
    this.ended = new Event(system["~world"].loop)
  }

  /** Boots. Raises nothing. */
  *run(): Routine {
    this.begun = true
    try {
      yield* this.perform()
      this.succeeded = true
    } catch (error) {
      this.failure ??= this.failed(error)
    } finally {
      if (!this.succeeded) this.failure ??= this.stopped(undefined)
      this.ended.set()
    }
  }

  /** Nobody wants it any more: what it does is interrupted; at once, whatever comes of it, if there is no time left. */
  cancel(tasklet: Tasklet, atOnce: boolean): void {
    this.cancelled = true
    if (atOnce) this.failure ??= this.stopped(undefined)
    // It comes to its end by itself. If it were killed before it has begun, nobody would say that it has.
    if (!this.begun) return
    if (this.cell !== null && this.top === null && !atOnce) cancelStart(this.cell)
    else this.hooks.interrupt(tasklet, atOnce)
  }

  /** What a function is given. */
  contextFor(hooks: HookRunner): AnyContext {
    const { config, options, resources, system } = this
    return { name: options.name, system, config, opened: resources, signal: hooks.signal, top: this.top as Ref<unknown> }
  }

  private *perform(): Routine {
    const { hooks } = this
    const { name, start, top } = this.options
    this.checkWanted()
    this.config = yield* this.readConfig()
    this.step = "start"
    if (start !== undefined) this.resources = yield* hooks.perform(() => start(this.contextFor(hooks) as never))
    this.opened = true
    this.checkWanted()
    this.step = "top"
    const tree: unknown = typeof top === "function" ? yield* hooks.perform(() => top(this.config, this.contextFor(hooks))) : top
    if (!isRecipe(tree)) throw new SpecError(`application "${name}"`, "top", tree, "a function that gives a tree made by supervisor() or its kin", "right: top: ({ BEES }) => supervisor({ … })")
    this.checkWanted()
    const supervisor = yield* this.startTree(tree)
    this.checkWanted()
    for (const [called, phase] of phasesOf(this.options)) {
      this.step = `phase "${called}"`
      const done = call(() => hooks.perform(() => phase(this.contextFor(hooks))))
      const outcome = yield* select({ done, ended: new EndOf(supervisor) }, { priority: true })
      if (outcome.key === "ended") throw new StartError("exit", `its tree has ended meanwhile: ${describeReason(outcome.value)}`, outcome.value)
      this.checkWanted()
    }
  }

  private *readConfig(): Routine<unknown> {
    const { config, name } = this.options
    if (config === undefined) return undefined
    const schema: StandardSchema = config.schema
    const answer = schema["~standard"].validate(config.values ?? this.env)
    const result = isThenable(answer) ? yield* until(answer) : answer
    this.checkWanted()
    if (result.issues !== undefined) throw configRefused(name, result.issues)
    return result.value
  }

  private *startTree(tree: object): Routine<Cell> {
    const cell = spawnNamed(this.system["~world"], null, tree, undefined, {})
    this.cell = cell
    const starting = awaitStart(cell, null, Infinity)
    try {
      yield* starting
    } finally {
      starting.over()
    }
    checkStart(starting)
    this.top = cell.ref
    return cell
  }

  private failed(error: unknown): ApplicationError {
    if (this.cancelled) return this.stopped(error === CANCELLED ? undefined : error)
    return this.step === "config" && error instanceof ApplicationError ? error : stepFailed(this.options.name, this.step, error)
  }

  private checkWanted(): void {
    if (this.cancelled) throw CANCELLED
  }

  private stopped(cause: unknown): ApplicationError {
    const { name } = this.options
    const message = `application "${name}" was stopped before its start was done.`
    return new ApplicationError("stopped", message, { application: name, step: this.step, reason: ExitReason.shutdown, ...(cause !== undefined && { cause }) })
  }
}
