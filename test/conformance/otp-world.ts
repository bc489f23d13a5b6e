import { deepStrictEqual } from "node:assert/strict"
import { Deferred, type Operation, type Routine, Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { after, type CrashReport, Down, Exit, type ExitReason, on, type Process, System, type SystemOptions, Timeout } from "@vivarium/actors"

/** A system on virtual time, and what a test of it needs: processes with a result, and a look at what is left. */
export class OtpWorld {
  readonly clock = new VirtualClock()
  readonly scheduler: Scheduler
  readonly system: System
  /** The crash reports so far. */
  readonly reports: CrashReport[] = []
  /** What nobody has caught: must stay empty. */
  readonly uncaught: unknown[] = []

  constructor(options: SystemOptions = {}) {
    const onUncaught = (error: unknown): void => void this.uncaught.push(error)
    this.scheduler = new Scheduler({ clock: this.clock, onUncaught })
    this.system = new System({ scheduler: this.scheduler, log: false, onUncaught, ...options })
    this.system.events.on("crash", (report) => this.reports.push(report))
  }

  /** Lets time pass, and everybody run who can. */
  pass(ms: number): void {
    this.scheduler.run()
    this.clock.advance(ms)
    this.scheduler.run()
  }

  /** Runs a body as a raw process of its own, on time that jumps; gives its result, or raises what ended it. */
  async process<T>(body: (self: Process<unknown>) => Routine<T>, options: { readonly trapExit?: boolean } = {}): Promise<T> {
    const result = new Deferred<T>(this.scheduler)
    this.system.spawn(function* tester(self: Process<unknown>) {
      try {
        result.resolve(yield* body(self))
      } catch (error) {
        result.reject(error)
      } finally {
        result.reject(new Error("the process was ended"))
      }
    }, options)
    return this.scheduler.main(function* () {
      return yield* result.wait()
    })
  }

  /** Ends everything, and looks whether anything is left. */
  async end(): Promise<void> {
    const { scheduler, system } = this
    await scheduler.main(function* () {
      yield* system.stop()
    })
    const { blocked, runnable, timers } = scheduler.statistics()
    const { names, processes } = system
    const left = { uncaught: this.uncaught, processes: processes.map(String), names, blocked, runnable, timers }
    deepStrictEqual(left, { uncaught: [], processes: [], names: [], blocked: 0, runnable: 0, timers: 0 })
  }
}

/** What a message is, in plain words: exits, Downs and time-outs as objects that can be compared. */
export function shown(message: unknown): unknown {
  if (message instanceof Exit) return { exit: wordOf(message.reason), from: String(message.from) }
  if (message instanceof Down) return { down: wordOf(message.reason), from: String(message.from) }
  if (message instanceof Timeout) return { timeout: message.message }
  return message
}

/** A reason in one word: its kind, or what it carries. */
export function wordOf(reason: ExitReason): unknown {
  if (reason.kind === "custom") return reason.value
  if (reason.kind === "error") return reason.error
  return reason.kind === "shutdown" && reason.detail !== undefined ? ["shutdown", reason.detail] : reason.kind
}

/** Takes all that is in the mailbox, without waiting. */
export function* unread(self: Process<unknown>): Routine<unknown[]> {
  const nothing = {}
  const messages: unknown[] = []
  for (;;) {
    const message = yield* self.receive(
      on(anything, (one) => one),
      after(0, () => nothing),
    )
    if (message === nothing) return messages
    messages.push(shown(message))
  }
}

/** What an operation raises, which must be of that class: anything else is raised on, and so is that it raised nothing. */
export function* raised<E>(Class: abstract new (...args: never) => E, operation: Operation<unknown>): Routine<E> {
  try {
    yield* operation
  } catch (error) {
    if (error instanceof Class) return error
    throw error
  }
  throw new Error(`it raised no ${Class.name}`)
}

/** A guard that takes whatever comes. */
export function anything(_message: unknown): boolean {
  return true
}

/** The body of a process that does nothing but be there. */
export function* idle(self: Process<unknown>): Routine {
  for (;;) yield* self.receive((_message: unknown) => false)
}
