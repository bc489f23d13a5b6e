/**
 * Tasklets: routines that a scheduler resumes.
 *
 * Invariants:
 * 1. The tasklet is its own wait node: `after` and `before` link it into the run queue or one waiting list, never both.
 * 2. `value` holds, in turn: the arguments (UNSTARTED), what a pending send offers, a parked select's or timer's record,
 *    what the next resume brings (with FAULT: an error), and in the end the result.
 * 3. What only few tasklets need lives in `details`, so that an idle one stays small.
 */
import { type Body, checkBody, type Frame, type Outcome } from "./body.ts"
import { Details } from "./details.ts"
import { forget } from "./end.ts"
import { checkOptions, readFlag } from "./checks.ts"
import { InvalidArgumentError, TaskletError } from "./errors.ts"
import { fault, KILL } from "./fault.ts"
import { inspect } from "./inspect.ts"
import { Join } from "./join.ts"
import { killTasklet, resumeTasklet, throwInto } from "./kill.ts"
import type { Operation } from "./operation.ts"
import { currentScheduler, realm, type Suspend } from "./realm.ts"
import { SCHEDULE_REMOVE } from "./schedule.ts"
import type { RunLoop } from "./run-loop.ts"
import { ASYNC_BODY, BLOCK_TRAP, BLOCKED, CALLBACK, DEAD, IN_RUN, KILLED, NEW, PAUSED, READY, RUNNING, UNSTARTED } from "./state.ts"
import { isTasklet } from "./waitable.ts"
import type { WaitNode } from "./wait-queue.ts"

/** The body of a `new Tasklet()`, whose result is `T`; its arguments are given to `setup()`, unchecked. */
export type TaskletBody<T> = (...args: never) => Generator<Suspend, T, unknown> | Operation<T> | PromiseLike<T> | T

/** @internal What a tasklet works for; the main one is called as it is. */
export interface TaskletOwner {
  readonly tasklet: Tasklet
  readonly description: string
  /** Takes an error of one of its tasklets that nobody has caught, instead of the run loop. */
  uncaught(error: unknown, tasklet: Tasklet): void
}

/** Options of `kill()` and `throw()`. */
export interface KillOptions {
  /** Append the tasklet and let it happen at its next turn, instead of at once. */
  readonly pending?: boolean
}

/**
 * A microthread: costs some hundred bytes, and a switch some tens of nanoseconds. `yield* tasklet` (or `await tasklet`)
 * joins it: waits for its end and gives its result, or raises its error. Semantics: Stackless Python's tasklet, with kill as
 * a generator's return (`finally` runs, `catch` does not) and with flat `run`, `kill` and `throw`, which move only this tasklet.
 *
 * @example
 * ```ts
 * import { run, schedule, tasklet } from "@vivarium/core"
 *
 * const bee = tasklet({ name: "Maya" }, function* (flights: number) {
 *   for (let flight = 1; flight <= flights; flight++) yield* schedule()
 *   return flights
 * }, 3)
 * tasklet(function* () {
 *   console.log(`${bee.name} flew ${yield* bee} times`)
 * })
 * run()
 * // prints: Maya flew 3 times
 * ```
 */
export class Tasklet<T = unknown> implements PromiseLike<T>, WaitNode {
  /** @internal */
  declare after: WaitNode | null
  /** @internal */
  declare before: WaitNode | null
  /** @internal */
  declare value: unknown
  /** @internal */
  declare state: number
  /** @internal */
  declare flags: number
  /** @internal The operation that is pending, or woken and not yet resumed. */
  declare op: Operation<unknown> | null
  /** @internal The innermost frame, once started. */
  declare generator: Frame | null
  /** @internal Its body, which names it; of the main tasklet of an owner, that owner instead: its generator has been made already. */
  declare body: Body | TaskletOwner | null
  /** @internal */
  declare details: Details | null
  /** @internal */
  declare readonly scheduler: RunLoop
  /** Its number, counted from 1 in its scheduler. */
  declare readonly id: number

  /** Makes a tasklet that is bound to a body, or to none yet, and not scheduled: `setup(...args)` starts it. */
  constructor(body: TaskletBody<T> | null = null, scheduler: RunLoop = currentScheduler()) {
    if (body !== null) checkBody(body)
    this.after = null
    this.before = null
    this.value = undefined
    this.state = NEW
    this.flags = 0
    this.op = null
    this.generator = null
    this.body = body as Body | null
    this.details = null
    this.scheduler = scheduler
    this.id = ++scheduler.lastId
  }

  /** The name given, or the body's, or one made of its number. */
  get name(): string {
    const { body } = this
    const given = this.details?.name ?? (typeof body === "function" ? body.name.replace(/^bound /, "") : body?.description)
    return given === undefined || given === "" ? `tasklet ${this.id}` : given
  }

  /** @internal What it works for, as a package above says (its actor): members of its groups and its started cases work for the same. */
  get owner(): TaskletOwner | null {
    const { body, details } = this
    if (typeof body === "object" && body !== null) return body
    return details === null ? null : details.owner
  }

  /** Ready to run or running: it has a body and arguments, and has not ended. */
  get alive(): boolean {
    return this.state !== DEAD && this.state !== NEW
  }

  /** In the run queue, running, or waiting in a list; as in Stackless, a blocked tasklet counts as scheduled. */
  get scheduled(): boolean {
    return this.state >= READY && this.state <= CALLBACK && (this.flags & IN_RUN) === 0
  }

  /** Waiting for an operation that somebody else must finish. */
  get blocked(): boolean {
    return this.state === BLOCKED
  }

  /** Alive and in no list: `insert()` continues it. The caller of a nested `run()` is paused until that returns. */
  get paused(): boolean {
    return this.state === PAUSED || (this.flags & IN_RUN) !== 0
  }

  /** Whether it is the tasklet whose code is running now. */
  get current(): boolean {
    return realm.current === (this as Tasklet)
  }

  /** What it waits for, in words, or undefined if it does not wait. */
  get waitingFor(): string | undefined {
    if (this.state === PAUSED) return "insert()"
    return this.state === BLOCKED ? (this.op as Operation<unknown>).describe() : undefined
  }

  /** Whether a wait that would block raises BlockTrapError instead. */
  get blockTrap(): boolean {
    return (this.flags & BLOCK_TRAP) !== 0
  }

  set blockTrap(on: boolean) {
    if (typeof on !== "boolean") throw new InvalidArgumentError("blockTrap", on, "true or false")
    this.flags = on ? this.flags | BLOCK_TRAP : this.flags & ~BLOCK_TRAP
  }

  /** A signal that is aborted when the tasklet is killed: for async bodies, and for foreign code that takes a signal. */
  get signal(): AbortSignal {
    const details = this.detail()
    if (details.controller === null) {
      details.controller = new AbortController()
      if ((this.flags & KILLED) !== 0 || (details.unwinding !== null && details.unwinding.length > 0)) details.controller.abort()
    }
    return details.controller.signal
  }

  /**
   * Sets the body, the arguments, or both; null keeps the body. With arguments (an array, maybe empty) the tasklet is alive
   * and paused. `bind(null)` drops a paused tasklet's frames *without* running its `finally` blocks: to its joiners that is a kill. A finished tasklet can be
   * bound and run again. Refused while it is scheduled, blocked or running. As in Stackless.
   */
  bind<A extends readonly unknown[], R>(body: Body<A, R> | null, args?: A): Tasklet<Outcome<R>> {
    if (body !== null) checkBody(body)
    if (args !== undefined && !Array.isArray(args)) throw new InvalidArgumentError("args", args, "an array of arguments", "right: bee.bind(body, [1, 2])")
    if (this.state !== NEW && this.state !== DEAD && this.state !== PAUSED) {
      throw this.refuse("bind()", this.state === BLOCKED ? "blocked" : this.state === READY ? "alive" : "executing", "kill() or remove() it first")
    }
    const bound = body ?? (args === undefined || typeof this.body !== "function" ? null : this.body)
    if (args !== undefined && bound === null) throw this.refuse("bind()", "unbound", "pass a body")
    if (this.state === PAUSED) {
      // What it has been handed and not taken, a permit say, goes on to the next.
      fault(this as Tasklet, KILL)
      forget(this as Tasklet)
    }
    this.body = bound as Body | null
    this.generator = null
    if (this.state !== NEW) this.details?.reset()
    this.flags = 0
    this.op = null
    this.value = args
    this.state = NEW
    if (args !== undefined) this.makeReady()
    return this as unknown as Tasklet<Outcome<R>>
  }

  /** Gives the arguments and appends the tasklet to the run queue. */
  setup(...args: unknown[]): this {
    if (this.state !== NEW) throw this.refuse("setup()", this.state === DEAD ? "dead" : "alive", "bind() a body first")
    if (this.body === null) throw this.refuse("setup()", "unbound", "bind() a body first")
    this.value = args
    this.makeReady()
    return this.insert()
  }

  private makeReady(): void {
    this.flags |= UNSTARTED
    this.state = PAUSED
    this.scheduler.started++
    const locals = realm.current?.details?.locals
    if (locals != null) this.detail().locals = locals
    this.scheduler.begun(this)
  }

  /** Appends a paused tasklet to the run queue; nothing happens if it is queued already. A value is what `scheduleRemove()` gives. */
  insert(value?: unknown): this {
    if (this.state === READY || (this.state === RUNNING && (this.flags & IN_RUN) === 0)) return this
    if (this.state !== PAUSED) throw this.refuse("insert()")
    if (this.op === SCHEDULE_REMOVE) this.value = value
    this.scheduler.append(this as Tasklet)
    return this
  }

  /** Takes the tasklet out of the run queue: it is paused. Nothing happens if it is not queued; refused if blocked or running. */
  remove(): this {
    if (this.state === READY) {
      this.scheduler.queue.remove(this as Tasklet)
      this.state = PAUSED
    } else if (this.state === BLOCKED || this.executing) throw this.refuse("remove()")
    return this
  }

  /** Runs it now, until it waits, yields or ends; everybody else keeps their place. Its uncaught error is raised from here, in plain code. */
  run(): void {
    resumeTasklet(this as Tasklet)
  }

  /**
   * Ends the tasklet where it waits: its operation is taken back, its `finally` blocks run, `catch` blocks do not see it. It has
   * happened when `kill()` returns, unless a `finally` waits. A tasklet that is executing ends at its next wait instead.
   */
  kill(options?: KillOptions): void {
    killTasklet(this as Tasklet, isPending(options))
  }

  /** Raises an error where the tasklet waits; it can be caught there. At once, unless `pending`. */
  throw(error: unknown, options?: KillOptions): void {
    throwInto(this as Tasklet, error, isPending(options))
  }

  /** The operation that joins this tasklet: an offer, so it can be a case of `select`. */
  join(): Operation<T> {
    return new Join<T>(this as Tasklet)
  }

  /** Makes `yield* tasklet` join it. */
  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this.join()[Symbol.iterator]()
  }

  /** Makes `await tasklet` join it. */
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.join().then(onFulfilled, onRejected)
  }

  /** `using bee = tasklet(…)` kills it at the end of the block. */
  [Symbol.dispose](): void {
    this.kill()
  }

  /** `await using` kills it and waits until its `finally` blocks are done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill()
    if (this.alive) await this.join().then(undefined, ignoreKilled)
  }

  /** Recognises tasklets of any copy of this package. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(this, value) || (this === (Tasklet as unknown) && isTasklet(value))
  }

  /** @internal */
  [inspect](): string {
    const waiting = this.waitingFor
    const state = waiting === undefined ? (this.alive ? (this.current ? "current" : "runnable") : this.state === NEW ? "not started" : "ended") : `waits for ${waiting}`
    return `Tasklet #${this.id} ${this.name} (${state})`
  }

  /** @internal A tasklet is its own wait node, never a case of a select. */
  get parked(): null {
    return null
  }

  /** @internal */
  get executing(): boolean {
    return this.state >= RUNNING && this.state !== DEAD
  }

  /** @internal */
  get hasAsyncBody(): boolean {
    return (this.flags & ASYNC_BODY) !== 0
  }

  /** @internal */
  resumeRunning(): void {
    this.op = null
    this.state = RUNNING
  }

  /** @internal */
  detail(): Details {
    return (this.details ??= new Details())
  }

  /** @internal */
  refuse(what: string, code: string = this.condition(), cure = ""): TaskletError {
    const reason: Record<string, string> = {
      dead: "it has ended",
      blocked: `it is blocked: it waits for ${this.waitingFor}`,
      unbound: "it has no body or no arguments",
      executing: "it is executing",
      alive: "it is alive",
    }
    return new TaskletError(code, `${what} is not possible on ${this.name} (#${this.id}): ${reason[code]}.${cure === "" ? "" : ` Cure: ${cure}.`}`)
  }

  private condition(): string {
    if (this.state === DEAD) return "dead"
    if (this.state === NEW) return "unbound"
    if (this.state === BLOCKED) return "blocked"
    return this.executing ? "executing" : "alive"
  }
}

function isPending(options: KillOptions | undefined): boolean {
  if (options === undefined) return false
  checkOptions("options", options, ["pending"], "bee.kill({ pending: true })")
  return readFlag("pending", options.pending)
}

function ignoreKilled(error: unknown): void {
  if (!(error instanceof TaskletError && error.code === "killed")) throw error
}
