/** Tasks: processes that work out one result. Elixir: `Task`. */
import { type Body, InvalidArgumentError, type Operation, type Outcome, type StarredBody } from "@vivarium/core"
import { checkOptions, OwnedCall } from "@vivarium/core/lowlevel"
import { brand } from "./brand.ts"
import type { Monitor } from "./monitor.ts"
import type { Process } from "./process.ts"
import type { Ref } from "./ref.ts"
import { StreamRun } from "./stream-run.ts"
import { readStreamSettings, type StreamOptions } from "./stream-settings.ts"
import { StreamSource } from "./stream-source.ts"
import { checkOwner, homeOf } from "./task-home.ts"
import { readShutdown, readTaskTimeout, readYieldMany, type ShutdownOptions, type TaskOptions, type TaskTimeout, type YieldManyOptions } from "./task-options.ts"
import { TaskProcess, type TaskResult } from "./task-process.ts"
import { TaskStream } from "./task-stream.ts"
import { awaitTasks, lookAndEnd, lookAt, shutDown } from "./task-wait.ts"

/** The values of several tasks, in their order. */
export type TaskValues<W extends readonly Task<unknown>[]> = { -readonly [K in keyof W]: W[K] extends Task<infer T> ? T : never }

/** The results of several tasks, in their order; undefined of one that has not ended. */
export type TaskResults<W extends readonly Task<unknown>[]> = { -readonly [K in keyof W]: W[K] extends Task<infer T> ? TaskResult<T> | undefined : never }

const OPTIONS = ["link", "from", "system", "label", "args"]

/**
 * A process that works out one result, for the process that started it: its owner. The two are linked, so neither outlives a crash of the other. Its
 * result waits in a slot of its own and never comes as a message; waiting for it again gives it again. All functions are static.
 *
 * Another process than the owner gets ActorError with the code `not_owner`; a task that was started for a system has no owner and no link, and
 * anybody may wait for it.
 *
 * @example
 * ```ts
 * import { sleep } from "@vivarium/core"
 * import { Actor, System, Task } from "@vivarium/actors"
 *
 * function* visit(name: string) {
 *   yield* sleep(2)
 *   return `${name} has nectar`
 * }
 * class Bee extends Actor {
 *   *forage() {
 *     const rose = Task.async(() => visit("rose"))
 *     const lily = Task.async(() => visit("lily"))
 *     return [yield* Task.await(rose), yield* Task.await(lily)]
 *   }
 * }
 * await using system = new System()
 * console.log(await system.spawn(Bee).call.forage())
 * // prints: [ 'rose has nectar', 'lily has nectar' ]
 * ```
 */
export class Task<T> {
  /** Only the compiler knows it. */
  declare readonly "~result"?: T
  /** @internal */
  readonly "~process": TaskProcess<T>

  private constructor(process: TaskProcess<T>) {
    this["~process"] = process
  }

  /** Its process. */
  get ref(): Ref<unknown> {
    return this["~process"].cell.ref
  }

  /** Whose task it is; undefined if it was started for a system. */
  get owner(): Ref<unknown> | undefined {
    return this["~process"].owner?.ref
  }

  /** With `link: false`, by what the owner is told of its end: the first argument of its `down()`. */
  get monitor(): Monitor | undefined {
    return this["~process"].monitor ?? undefined
  }

  /** In words. */
  toString(): string {
    return this["~process"].toString()
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Task (${this.toString()})`
  }

  /**
   * Starts a task and returns at once. The body is plain, a generator or async; it is given its process, then `args`. What it returns is the
   * result; what it raises is the reason of its end, which a linked owner that does not trap exits shares.
   *
   * Raises ActorError: `no_process` where there is no owner, `dead_actor`, `no_system`. Elixir: `Task.async`, `Task.Supervisor.async_nolink`.
   */
  static async<M, R>(body: StarredBody<[self: Process<M>], R>, options?: TaskOptions): Task<Outcome<R>>
  static async<M, A extends readonly unknown[] | [], R>(body: StarredBody<[self: Process<M>, ...args: A], R>, options: TaskOptions & { readonly args: A }): Task<Outcome<R>>
  static async(body: (self: Process<never>, ...args: readonly unknown[]) => unknown, options: TaskOptions & { readonly args?: readonly unknown[] } = {}): Task<unknown> {
    checkBody(body, "Task.async(function* () { … })")
    checkOptions("options", options, OPTIONS, "Task.async(load, { args: [url] })")
    const { args = [], label } = options
    if (!Array.isArray(args)) throw new InvalidArgumentError("args", args, "an array of the arguments behind self", "right: Task.async(load, { args: [url] })")
    const home = homeOf(options, "Task.async(load, ")
    return new Task(new TaskProcess(home, { name: body.name, label, start: (self) => body(self, ...(args as readonly unknown[])) }, !home.linked))
  }

  /**
   * The result of a task. Raises TaskError: with the code `exit` if it has ended without one, with its reason; with `timeout` if it takes longer
   * than 5,000 ms or what is given, and then it goes on. Elixir: `Task.await`.
   */
  static await<T>(task: Task<T>, options: TaskTimeout = {}): Operation<T> {
    const timeoutMs = readTaskTimeout(options, "await(task")
    return awaitTasks([processOf(task, "Task.await()")], timeoutMs, ([value]) => value as T)
  }

  /**
   * The results of several tasks, in their order. The first failure is raised, at once; `timeoutMs` is for all of them together. The others go
   * on. Raises as `await` does. Elixir: `Task.await_many`.
   */
  static awaitMany<const W extends readonly Task<unknown>[]>(tasks: W, options: TaskTimeout = {}): Operation<TaskValues<W>> {
    const timeoutMs = readTaskTimeout(options, "awaitMany(tasks")
    return awaitTasks(processesOf(tasks, "Task.awaitMany()"), timeoutMs, (values) => values as TaskValues<W>)
  }

  /** How a task has ended, or undefined if it has not within 5,000 ms or what is given: then ask again. `timeoutMs: 0` looks. Elixir: `Task.yield`. */
  static yield<T>(task: Task<T>, options: TaskTimeout = {}): Operation<TaskResult<T> | undefined> {
    const timeoutMs = readTaskTimeout(options, "yield(task")
    return lookAt([processOf(task, "Task.yield()")], 1, timeoutMs, ([result]) => result as TaskResult<T> | undefined)
  }

  /** The same of several tasks, in their order, as soon as all have ended, or `limit` of them, or the time is up. Elixir: `Task.yield_many`. */
  static yieldMany<const W extends readonly Task<unknown>[]>(tasks: W, options: YieldManyOptions = {}): Operation<TaskResults<W>> {
    const { limit, onTimeout, timeoutMs } = readYieldMany(options)
    const processes = processesOf(tasks, "Task.yieldMany()")
    if (onTimeout === "nothing") return lookAt(processes, limit, timeoutMs, (results) => results as TaskResults<W>)
    const loop = processes[0]?.cell.loop ?? null
    return new OwnedCall<TaskResults<W>>(loop, lookAndEnd as Body<never> as Body, [processes, limit, timeoutMs, onTimeout === "kill"])
  }

  /**
   * Ends a task and waits until it has: with the reason `shutdown`, and by a kill if that takes longer than 5,000 ms or what is given; by a kill
   * at once with `brutal`. Undefined if that has ended it; its result if it had one; else why it has ended. The owner gets no signal of it. If the wait
   * is taken back, the task is killed. Elixir: `Task.shutdown`.
   */
  static shutdown<T>(task: Task<T>, options: ShutdownOptions = {}): Operation<TaskResult<T> | undefined> {
    const way = readShutdown(options)
    const process = processOf(task, "Task.shutdown()")
    return new OwnedCall<TaskResult<T> | undefined>(process.cell.loop, shutDown as Body<never> as Body, [process, way])
  }

  /**
   * Lets a task go on without its owner: the link is taken away, and its result is for nobody, so waiting for it comes to its time-out. At once;
   * gives how it had ended, or undefined if it had not. Elixir: `Task.ignore`.
   */
  static ignore<T>(task: Task<T>): TaskResult<T> | undefined {
    return processOf(task, "Task.ignore()").ignore()
  }

  /**
   * Runs a body in a task for each item, some at a time, and gives the results: see TaskStream. Items come from an iterable or an async iterable, which is
   * asked for one when there is room for it. The body is given the item, then its process. Elixir: `Task.async_stream`.
   */
  static stream<I, R>(items: Iterable<I> | AsyncIterable<I>, body: StarredBody<[item: I, self: Process<unknown>], R>, options?: StreamOptions): TaskStream<Outcome<R>, I>
  static stream(items: Iterable<unknown> | AsyncIterable<unknown>, body: (item: never, self: Process<never>) => unknown, options: StreamOptions = {}): TaskStream<unknown> {
    if (!isIterable(items)) throw new InvalidArgumentError("items", items, "an iterable or an async iterable", "right: Task.stream(urls, load)")
    checkBody(body, "Task.stream(urls, function* (url) { … })")
    const settings = readStreamSettings(options)
    const home = homeOf(options, "Task.stream(urls, load, ")
    const source = new StreamSource(items, (error) => home.world.uncaught(error))
    return new TaskStream(new StreamRun(home, source, body, settings))
  }
}
brand(Task as unknown as abstract new () => Task<unknown>, "Task")

function checkBody(body: unknown, example: string): void {
  if (typeof body !== "function") throw new InvalidArgumentError("body", body, "a function, best a generator function", `right: ${example}`)
}

function isIterable(value: unknown): boolean {
  return value !== null && value !== undefined && (typeof (value as Iterable<unknown>)[Symbol.iterator] === "function" || typeof (value as AsyncIterable<unknown>)[Symbol.asyncIterator] === "function")
}

function processOf<T>(task: Task<T>, what: string): TaskProcess<T> {
  if (!(task instanceof Task)) throw new InvalidArgumentError("task", task, "a task", `right: ${what.slice(0, -1)}Task.async(load))`)
  const process = task["~process"]
  checkOwner(what, process.owner, process.toString())
  return process
}

function processesOf(tasks: readonly Task<unknown>[], what: string): readonly TaskProcess<unknown>[] {
  if (!Array.isArray(tasks)) throw new InvalidArgumentError("tasks", tasks, "an array of tasks", `right: ${what.slice(0, -1)}[rose, lily])`)
  return tasks.map((task) => processOf(task, what))
}
