/**
 * The life of an application: boots, serves, shuts down. It runs on a tasklet of its own, outside of any process.
 *
 * Invariants:
 * 1. What has been started is stopped in reverse order, whatever has failed: the tree, then what `start` has opened, then the rest of the system.
 * 2. From the moment at which the shutdown begins, all of it ends within the deadline: then what is left is killed, and no more functions of the user's are called.
 * 3. Nothing is left behind at the end: no process, no timer, no listener.
 */
import { ExitReason, type Ref, StopError, type System } from "@vivarium/actors"
import { type Cell, DEAD, EndOf, sendExit } from "@vivarium/actors/lowlevel"
import { call, currentTasklet, Deferred, Event, type Operation, type Routine, type RunLoop, select, type Tasklet } from "@vivarium/core"
import { cancelTimer, startTimer, type Timer } from "@vivarium/core/lowlevel"
import { Boot } from "./application-boot.ts"
import { HookRunner } from "./application-hook.ts"
import type { ApplicationHost } from "./application-host.ts"
import type { AnyOptions } from "./application-options.ts"
import { type ApplicationOutcome, type HookFailure, inWords, outcomeOf } from "./application-outcome.ts"
import { ExitCode } from "./exit-codes.ts"
import { APPLICATION_DEADLINE_MS } from "./limits.ts"
import { orphansGone } from "./orphans.ts"

/** What an application does: nothing yet, boots, serves, shuts down, or nothing any more. */
export type ApplicationState = "new" | "starting" | "running" | "stopping" | "stopped"

/** How many of those that are killed are named. */
const NAMED = 5

export class ApplicationLife {
  state: ApplicationState = "starting"
  outcome: ApplicationOutcome | undefined = undefined
  /** The end of the start: the reference of the tree, or why there is none. */
  readonly started: Deferred<Ref<unknown>>
  readonly ended: Deferred<ApplicationOutcome>
  /** Whether the program ends with the application: so that it must know how. */
  ownsProgram = false
  private readonly options: AnyOptions
  private readonly host: ApplicationHost
  private readonly system: System
  private readonly print: (text: string) => void
  private readonly deadlineMs: number
  private readonly boot: Boot
  /** Set when it is to shut down. */
  private readonly asked: Event
  /** Set when it must end at once. */
  private readonly forced: Event
  /** Why that is. */
  private late: string | null = null
  private signal: string | undefined = undefined
  private deadline: Timer | null = null
  /** Performs `prepStop` or `stop`. */
  private closer: Tasklet | null = null
  private readonly failures: HookFailure[] = []
  private readonly listeners: (readonly [signal: string, listener: () => void])[] = []
  private release: () => void = () => {}

  constructor(options: AnyOptions, host: ApplicationHost, system: System, print: (text: string) => void) {
    this.options = options
    this.host = host
    this.system = system
    this.print = print
    this.deadlineMs = options.deadlineMs ?? APPLICATION_DEADLINE_MS
    this.boot = new Boot(options, system, host.env)
    this.started = new Deferred(this.loop)
    this.ended = new Deferred(this.loop)
    this.asked = new Event(this.loop)
    this.forced = new Event(this.loop)
  }

  /** The supervisor at the top, once it has started. */
  get top(): Ref<unknown> | null {
    return this.boot.top
  }

  private get loop(): RunLoop {
    return this.system["~world"].loop
  }

  /** Begins: all else comes by itself. */
  begin(): void {
    // One that is named twice is still one: otherwise its first time would be its second, too.
    for (const signal of new Set(this.options.signals ?? ["SIGTERM", "SIGINT"])) {
      const listener = (): void => this.signalled(signal)
      this.host.on(signal, listener)
      this.listeners.push([signal, listener])
    }
    this.release = this.host.hold()
    void this.launch(() => this.live())
  }

  /** It is to shut down. */
  ask(): void {
    this.asked.set()
  }

  /** It is to shut down although nobody waits for that: its scheduler runs until it has. */
  askAlone(): void {
    this.ask()
    void this.ended.wait().then(undefined, undefined)
  }

  /** Whether a function that it calls during the shutdown is what runs now. */
  isClosing(): boolean {
    return this.closer !== null && currentTasklet() === this.closer
  }

  private signalled(signal: string): void {
    if (this.signal !== undefined) return this.force(`${signal} came after ${this.signal}`)
    this.signal = signal
    this.ownsProgram = true
    const within = this.deadlineMs === Infinity ? "takes as long as it takes" : `may take up to ${this.deadlineMs} ms`
    this.say(`${signal}: it shuts down, which ${within}; a second signal kills it`)
    this.askAlone()
  }

  /** It must end at once: what is left is killed. */
  private force(why: string): void {
    this.late ??= why
    this.forced.set()
  }

  private say(what: string): void {
    this.print(`application "${this.options.name}": ${what}.`)
  }

  private launch(body: () => Routine): Tasklet {
    const tasklet = this.loop.create(body as never)
    this.loop.launch(tasklet)
    return tasklet
  }

  private *live(): Routine {
    const { asked, boot } = this
    const booting = this.launch(() => boot.run())
    yield* select({ ended: boot.ended.wait(), asked: asked.wait() }, { priority: true })
    if (!boot.ended.isSet) {
      this.limit()
      boot.cancel(booting, false)
      if (!(yield* this.inTime(boot.ended.wait()))) boot.cancel(booting, true)
    } else if (boot.succeeded) {
      this.state = "running"
      this.started.resolve(boot.top as Ref<unknown>)
      yield* select({ ended: new EndOf(boot.cell as Cell), asked: asked.wait() }, { priority: true })
    }
    this.limit()
    yield* this.close()
    if (this.forced.isSet) yield* this.kill()
    this.finish()
  }

  /** The shutdown begins, and with it the deadline. */
  private limit(): void {
    this.state = "stopping"
    if (this.deadline !== null || this.deadlineMs === Infinity) return
    const at = this.system["~world"].now + this.deadlineMs
    this.deadline = startTimer(this.loop, at, { enter: () => this.force(`its deadline of ${this.deadlineMs} ms has passed`) })
  }

  /** Waits, but not past the deadline; says whether it has happened. */
  private *inTime(operation: Operation<unknown>): Routine<boolean> {
    if (this.forced.isSet) return false
    return (yield* select({ done: operation, forced: this.forced.wait() }, { priority: true })).key === "done"
  }

  private *close(): Routine {
    const { boot } = this
    const { prepStop, stop } = this.options
    const { cell, failure } = boot
    const reason = boot.top !== null && cell?.state === DEAD ? cell.reason : (failure?.reason ?? ExitReason.shutdown)
    if (prepStop !== undefined && boot.top !== null) yield* this.call("prepStop", (hooks) => prepStop(boot.contextFor(hooks), reason))
    if (cell !== null) yield* this.stopTree(cell)
    if (stop !== undefined && boot.opened) yield* this.call("stop", (hooks) => stop(boot.contextFor(hooks), cell?.reason ?? reason))
    yield* this.inTime(this.system.stop({ deadlineMs: Infinity }))
  }

  private *stopTree(top: Cell): Routine {
    try {
      if (top.state !== DEAD) yield* this.inTime(top.ref.stop(ExitReason.shutdown))
    } catch (error) {
      // How it has ended is seen by itself.
      if (!(error instanceof StopError)) throw error
    }
    yield* this.inTime(call(() => orphansGone(top)))
  }

  /** Calls a function of the user's. What it raises is told, and the shutdown goes on. */
  private *call(name: string, hook: (hooks: HookRunner) => unknown): Routine {
    if (this.forced.isSet) return
    const hooks = new HookRunner()
    const done = new Event(this.loop)
    const closer = this.launch(() => this.attempt(name, hooks, hook, done))
    this.closer = closer
    if (!(yield* this.inTime(done.wait()))) hooks.interrupt(closer, true)
    this.closer = null
  }

  private *attempt(name: string, hooks: HookRunner, hook: (hooks: HookRunner) => unknown, done: Event): Routine {
    try {
      yield* hooks.perform(() => hook(hooks))
    } catch (error) {
      const failure = { hook: name, error }
      this.failures.push(failure)
      this.say(inWords(failure))
    } finally {
      done.set()
    }
  }

  /** What is left is killed, the youngest first, so that no supervisor has the time to restart anybody. */
  private *kill(): Routine {
    const left = [...this.system["~world"].cells()].reverse()
    const named = left.slice(0, NAMED).map(({ ref }) => ref.toString())
    if (left.length > NAMED) named.push(`${left.length - NAMED} more`)
    this.say(`${String(this.late)}, so what is left is killed: ${left.length === 0 ? "no process" : named.join(", ")}`)
    for (const cell of left) sendExit(cell, null, ExitReason.kill, false)
    yield* this.system.stop({ deadlineMs: 0 })
  }

  private finish(): void {
    const { boot, host } = this
    if (this.deadline !== null) cancelTimer(this.loop, this.deadline)
    for (const [signal, listener] of this.listeners) host.off(signal, listener)
    const outcome = outcomeOf({
      name: this.options.name,
      treeEnded: boot.top === null ? undefined : boot.cell?.reason,
      failure: boot.failure,
      late: this.late,
      signal: this.signal,
      asked: this.asked.isSet,
      failures: this.failures,
    })
    this.state = "stopped"
    this.outcome = outcome
    const { code, why } = outcome
    // Who waits for the start, or for the end, knows it from there; of the deadline, and of its own functions, it has been told.
    const ofHook = code === ExitCode.failed && (boot.failure === undefined || boot.failure.code === "stopped")
    const isTold = code === ExitCode.orderly || code === ExitCode.deadline || ofHook || (!this.ownsProgram && !boot.succeeded)
    if (!isTold) this.print(why)
    if (this.ownsProgram) {
      host.setExitCode(code)
      if (code === ExitCode.deadline) host.exitSoon(code)
    }
    this.release()
    if (boot.failure !== undefined) this.started.reject(boot.failure)
    this.ended.resolve(outcome)
  }
}
