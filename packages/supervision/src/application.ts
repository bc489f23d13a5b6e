/** Applications: a supervision tree as a program. */
import { type Ref, System } from "@vivarium/actors"
import { currentCell } from "@vivarium/actors/lowlevel"
import { call, type Operation, type Routine } from "@vivarium/core"
import { OwnedCall } from "@vivarium/core/lowlevel"
import { ApplicationError } from "./application-error.ts"
import { type ApplicationHost, theHost } from "./application-host.ts"
import { ApplicationLife, type ApplicationState } from "./application-life.ts"
import { type AnyOptions, type ApplicationOptions, checkApplication } from "./application-options.ts"
import { type ApplicationOutcome, neverStarted, refused } from "./application-outcome.ts"
import { ExitCode } from "./exit-codes.ts"
import { REPORT_LENGTH } from "./limits.ts"
import { linesOf } from "./printable.ts"
import type { SupervisorRef } from "./supervisor-ref.ts"

/** A supervision tree as a program: made by `application()`. It lives once. Erlang: `application`. */
export class Application<R extends Ref<never> | Ref<unknown> = SupervisorRef> {
  readonly #options: AnyOptions
  readonly #host: ApplicationHost
  #system: System | null = null
  #life: ApplicationLife | null = null
  /** How it has ended without having lived. */
  #outcome: ApplicationOutcome | undefined = undefined

  /** @internal */
  constructor(options: AnyOptions) {
    this.#options = typeof options === "object" && options !== null ? options : ({ given: options } as unknown as AnyOptions)
    this.#host = this.#options.host ?? theHost
  }

  /** Shown in reports. */
  get name(): string {
    return this.#options.name
  }

  /** What it does now. */
  get state(): ApplicationState {
    return this.#outcome === undefined ? (this.#life?.state ?? "new") : "stopped"
  }

  /** How it has ended; undefined as long as it has not. */
  get outcome(): ApplicationOutcome | undefined {
    return this.#outcome ?? this.#life?.outcome
  }

  /** Its system, made when it is first needed: listen to `system.events` before the start if you want to hear all. Raises SpecError if the options are wrong. */
  get system(): System {
    if (this.#system === null) {
      const { name, system } = checkApplication(this.#options)
      this.#system = new System({ ...system, name })
    }
    return this.#system
  }

  /** The supervisor at the top of its tree, also once that has ended. Raises ApplicationError with `not_running` before it has started. */
  get top(): R {
    const top = this.#life?.top ?? null
    if (top === null) throw new ApplicationError("not_running", `application "${this.name}" has no tree yet. Start it first: await app.start().`, { application: this.name })
    return top as unknown as R
  }

  /**
   * Boots: reads the configuration, calls `start`, starts the tree and performs the phases, in that order; gives the supervisor at the top. If anything fails, what was
   * started is stopped in reverse order, and ApplicationError is raised, whose `reason` and `cause` lead down to the failing call; of wrong options, SpecError. If the
   * wait for it is given up, it is stopped again.
   */
  start(): Operation<R> {
    return this.#operation(() => this.#start())
  }

  /**
   * Shuts down in order: `prepStop`, the tree, `stop`, then what else runs in its system; gives how it has ended. All within the deadline: then what is left is
   * killed. A start that is not done is cancelled. Who asks again waits for the same end.
   */
  stop(): Operation<ApplicationOutcome> {
    return this.#operation(() => this.#stop())
  }

  /** Asks for the shutdown, and returns at once: for the processes and functions of the application, none of which can wait for its own end. */
  requestStop(): void {
    if (this.#life !== null) this.#life.askAlone()
    else void this.stop().then(undefined, undefined)
  }

  /**
   * Boots, serves until the tree ends by itself, a signal comes or `stop()` is called, and shuts down. Gives the exit code, and sets it for the program: see `ExitCode`.
   * Whatever goes wrong is printed, not raised. Past the deadline a program that something still holds is ended.
   */
  run(): Operation<ExitCode> {
    return this.#operation(() => this.#run())
  }

  /** `await using app = application({ … })` stops it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Each belongs to the scheduler of the system. Where there is none, for the options are wrong, that is raised when it is performed. */
  #operation<T>(body: () => Routine<T>): Operation<T> {
    let { scheduler } = this.#options.system ?? {}
    try {
      if (this.#outcome === undefined) ({ scheduler } = this.system)
    } catch {
      return call(body as never) as Operation<T>
    }
    return new OwnedCall<T>(scheduler ?? null, body as never, [])
  }

  *#start(): Routine<R> {
    const life = this.#begin()
    try {
      return (yield* life.started.wait()) as unknown as R
    } finally {
      if (!life.started.settled) life.askAlone()
    }
  }

  *#stop(): Routine<ApplicationOutcome> {
    const life = this.#life
    if (life === null) {
      this.#outcome ??= neverStarted(this.name)
      if (this.#system !== null) yield* this.#system.stop()
      return this.#outcome
    }
    life.ask()
    if (life.outcome === undefined && (life.isClosing() || currentCell()?.world === this.system["~world"])) {
      throw new ApplicationError("calling_self", `application "${this.name}" waits for its own end, which it has now been asked for. Call app.requestStop() there: that does not wait.`, { application: this.name })
    }
    return yield* life.ended.wait()
  }

  *#run(): Routine<ExitCode> {
    let life: ApplicationLife
    try {
      life = this.#begin()
    } catch (error) {
      if (error instanceof ApplicationError) throw error
      this.#outcome = refused(error)
      this.#print(this.#outcome.why)
      this.#host.setExitCode(ExitCode.badConfiguration)
      return ExitCode.badConfiguration
    }
    life.ownsProgram = true
    try {
      return (yield* life.ended.wait()).code
    } finally {
      if (life.outcome === undefined) life.askAlone()
    }
  }

  #begin(): ApplicationLife {
    if (this.state !== "new") {
      const before = this.#life === null ? "was stopped before it was started" : "has been started before"
      throw new ApplicationError("already_started", `application "${this.name}" ${before}, and it lives once. Make another one.`, { application: this.name })
    }
    const life = new ApplicationLife(this.#options, this.#host, this.system, (text) => this.#print(text))
    this.#life = life
    life.begin()
    return life
  }

  /** Where the reports of its system are printed, too. */
  #print(text: string): void {
    const log: unknown = this.#options.system?.log
    if (log === false) return
    try {
      const lines = safely(text)
      if (typeof log === "function") log(lines)
      else this.#host.print(lines)
    } catch (error) {
      this.#system?.["~world"].uncaught(error)
    }
  }
}

/** Messages of errors and names can hold anything: further lines are indented, so that none of them looks like one of ours, and control characters are made visible. */
function safely(text: string): string {
  return linesOf(text, REPORT_LENGTH).map((line, index) => (index === 0 || line.startsWith("  ") ? line : `  ${line}`)).join("\n")
}

/**
 * A program made of a supervision tree: boots in order, serves, shuts down in order within a deadline, and tells by its exit code how that went.
 *
 * Mistakes in the options are told by `start()` and `run()`, so that they have an exit code, too.
 *
 * @example
 * ```ts
 * import { Actor } from "@vivarium/actors"
 * import { application, child, supervisor } from "@vivarium/supervision"
 *
 * class Bee extends Actor {
 *   terminate() {
 *     console.log("goes to sleep")
 *   }
 * }
 * const app = application({
 *   name: "meadow",
 *   top: supervisor({ children: [child(Bee)] }),
 *   phases: [["sunrise", () => console.log("the sun rises")]],
 *   stop: () => console.log("the meadow is quiet"),
 * })
 * await app.start()
 * const { code } = await app.stop()
 * console.log(code)
 * // prints: the sun rises
 * // prints: goes to sleep
 * // prints: the meadow is quiet
 * // prints: 0
 * ```
 */
export function application<C = undefined, P = undefined, R extends Ref<never> | Ref<unknown> = SupervisorRef>(options: ApplicationOptions<C, P, R>): Application<R> {
  return new Application<R>(options as unknown as AnyOptions)
}
