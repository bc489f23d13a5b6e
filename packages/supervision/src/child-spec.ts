/** Child specs: what runs as a child, how it is restarted, and how it is stopped. Checked when they are made. */
import { type Actor, type ActorConstructor, type ignore, type ProcessOptions, type Process, type Recipe, Ref, type RefOf, type SpawnOptions, type StarCheck, type Startable, type StartOptions, type Task } from "@vivarium/actors"
import type { Operation, Outcome, Routine } from "@vivarium/core"
import { isThenable } from "@vivarium/core/lowlevel"
import { brand, isActorClass, isRecipe } from "@vivarium/actors/lowlevel"
import { type Backoff, type BackoffOptions, withDefaults } from "./backoff.ts"
import { check, type Place, wrong } from "./check.ts"
import { SHUTDOWN_MS } from "./limits.ts"
import { childMap, childOptions, isPlain, whatCanRun } from "./spec-schema.ts"
import type { StartFunction } from "./start-function.ts"
import { isTask, taskBody, type TaskChild } from "./task-child.ts"
import { withoutUndefined } from "./without-undefined.ts"

/** How children are told apart in their supervisor. */
export type ChildId = string | number | symbol

/** When a child that has ended is restarted: always, if it failed, or never. */
export type Restart = "permanent" | "transient" | "temporary"

/** How a child is stopped: asked and given so many milliseconds, asked and waited for, or killed. */
export type Shutdown = number | "infinity" | "brutal_kill"

/** What every child can be told. */
export interface LifeOptions {
  /** Unique in its supervisor. Default: the name of the class or function. */
  readonly id?: ChildId | undefined
  /** `permanent`: whenever it ends, `transient`: if its end was not orderly, `temporary`: never. Default permanent; of a Task, temporary. */
  readonly restart?: Restart | undefined
  /** How it is stopped: milliseconds until it is killed, `infinity` or `brutal_kill`. Default 5,000; of a supervisor, infinity. */
  readonly shutdownMs?: Shutdown | undefined
  /** Whether its end by itself can stop the supervisor: see `autoShutdown`. Not of permanent children. Default false. */
  readonly significant?: boolean | undefined
  /** Delays its restarts, and takes it out of the restart window. */
  readonly backoff?: BackoffOptions | undefined
}

/** Options of `child()`: those of its life, and those of its process. */
export type ChildOptions<S> = LifeOptions & Omit<SpawnOptions<S>, "shutdownMs"> & StartOptions

/** A child spec as a plain object: `what` runs, or `start` says how. */
export type ChildMap = MapOptions & (WhatMap | StartMap)

interface MapOptions extends LifeOptions {
  /** The arguments of `init`, of the body after `self`, or of the start function. */
  readonly args?: readonly unknown[]
}

interface WhatMap extends Omit<ProcessOptions, "shutdownMs">, StartOptions {
  /** What runs. */
  readonly what: Startable | typeof Task
  readonly start?: undefined
}

interface StartMap {
  /** Starts it in a way of its own. Erlang: the start function of a child spec. */
  readonly start: StartFunction
  /** Nothing else has a name. */
  readonly id: ChildId
  readonly what?: undefined
}

/** The options of `child()`, which can be left out where all arguments can. */
export type ChildArguments<S> = [] extends ArgumentsOf<S> ? [options?: ChildOptions<S>] : [options: ChildOptions<S>]

/** Nothing, of what can be started without arguments; of anything else, what nobody has. */
export type NoArguments<S> = [] extends ArgumentsOf<S> ? readonly [] : readonly [never]

type ArgumentsOf<S> = SpawnOptions<S> extends { readonly args: infer A } ? A : []

/** The reference of a child, or undefined where its `init` says that it may choose not to start. */
export type StartedRef<S> = S extends ActorConstructor<infer A> ? (A extends { init(...args: never): infer R } ? RefOf<S> | NotStarted<Outcome<R>> : RefOf<S>) : RefOf<S>

/** Of a result that is `unknown` nothing is said. */
type NotStarted<T> = unknown extends T ? never : typeof ignore extends T ? undefined : never

/** What a list of children takes: specs, trees, classes and functions without arguments, a class and its one argument, or plain objects. */
export type ChildLike = ChildSpec<unknown> | BareClass | BareBody | Recipe<Ref<never> | Ref<unknown>> | readonly [what: Startable | typeof Task, argument: unknown] | ChildMap

/** A class whose `init` needs no arguments. */
type BareClass = new () => Actor & { init?(): unknown }

/** The body of a raw process that needs no arguments, and waits with `yield*` alone. Declared as a method, so that one which takes special messages only fits, too. */
type BareBody = { body(self: Process): Routine<unknown> | Operation<unknown> | NoGenerator }["body"]

type NoGenerator = (object & { readonly next?: never }) | string | number | bigint | boolean | symbol | null | undefined | void

/** A child spec with its defaults filled in, as `childSpec(id)` gives it. Made by `child()`. */
export class ChildSpec<R = Ref<unknown> | undefined> {
  /** Only the compiler knows it. */
  declare readonly "~started"?: R
  /** Undefined under a dynamic supervisor, where ids mean nothing. */
  readonly id: ChildId
  /** What runs: a class, a function, a recipe, or a function that starts it. */
  readonly what: unknown
  /** The arguments of `init` or of the body; undefined once a temporary child runs, which is never started again. */
  readonly args: readonly unknown[] | undefined
  /** When it is restarted. */
  readonly restart: Restart
  /** How it is stopped. */
  readonly shutdownMs: Shutdown
  /** Whether its end by itself can stop the supervisor. */
  readonly significant: boolean
  /** Its delays; undefined if it is restarted at once. */
  readonly backoff: Backoff | undefined
  /** Whether it is a supervisor itself. */
  readonly kind: "worker" | "supervisor"
  /** @internal What is passed on to the process. */
  readonly options: (Omit<ProcessOptions, "shutdownMs"> & { readonly shutdownMs?: number }) | undefined
  /** @internal */
  readonly startTimeoutMs: number
  /** @internal Starts it in a way of its own. */
  readonly start: StartFunction | undefined

  /** @internal */
  constructor(parts: Pick<ChildSpec, "id" | "what" | "args" | "restart" | "shutdownMs" | "significant" | "backoff" | "kind" | "options" | "startTimeoutMs" | "start">) {
    this.id = parts.id
    this.what = parts.what
    this.args = parts.args
    this.restart = parts.restart
    this.shutdownMs = parts.shutdownMs
    this.significant = parts.significant
    this.backoff = parts.backoff
    this.kind = parts.kind
    this.options = parts.options
    this.startTimeoutMs = parts.startTimeoutMs
    this.start = parts.start
  }

  /** @internal The same child with other arguments, and maybe another id. */
  withArguments(args: readonly unknown[] | undefined, id: ChildId = this.id): ChildSpec<R> {
    const { backoff, kind, options, restart, shutdownMs, significant, start, startTimeoutMs, what } = this
    return new ChildSpec<R>({ id, what, args, restart, shutdownMs, significant, backoff, kind, options, startTimeoutMs, start })
  }
}

brand(ChildSpec, "ChildSpec")

const EXAMPLE = 'child(Queen, { id: "queen", restart: "transient", shutdownMs: 5000 })'

/**
 * A child spec: what runs, and how it lives. `what` is a class of actors (state machines among them), the body of a raw process (a generator, a plain
 * or an async function that is given `self`), `Task` with the function as its argument, a tree of supervisors, or a plain object with all in
 * one, which may have a function `start` of its own.
 *
 * A body that returns ends `normal`, an async one that rejects fails with that error. Raises SpecError, which names the child and the field.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 * import { child, supervisor } from "@vivarium/supervision"
 *
 * class Bee extends Actor {
 *   #name = ""
 *   init(name: string) {
 *     this.#name = name
 *   }
 *   greet() {
 *     return `I am ${this.#name}`
 *   }
 * }
 * await using system = new System()
 * const hive = await system.start(supervisor({ children: [child(Bee, { id: "maya", args: ["Maya"] })] }))
 * const willy = await hive.startChild(child(Bee, { id: "willy", args: ["Willy"], restart: "temporary" }))
 * console.log(await willy.call.greet(), hive.countChildren().active)
 * // prints: I am Willy 2
 * ```
 */
export function child(map: ChildMap): ChildSpec<Ref<unknown> | undefined>
export function child(what: typeof Task, options: TaskChild): ChildSpec<Ref<Process>>
export function child<S extends Startable>(what: S & StarCheck<S>, ...options: ChildArguments<S>): ChildSpec<StartedRef<S>>
export function child(what: unknown, options?: object): ChildSpec<never> {
  return (isMap(what) ? ofMap(what) : makeSpec(what, options)) as ChildSpec<never>
}

/**
 * The same with some of the arguments: for a dynamic supervisor that puts `extraArguments` before them, or as its template, behind whose arguments
 * those of `startChild` are put. So the arguments are not checked by the compiler.
 */
export function partialChild<S extends Startable>(what: S & StarCheck<S>, options?: LifeOptions & Omit<ProcessOptions, "shutdownMs"> & StartOptions & { readonly args?: readonly unknown[] }): ChildSpec<StartedRef<S>>
export function partialChild(what: unknown, options?: object): ChildSpec<never> {
  return makeSpec(what, options) as ChildSpec<never>
}

/** The spec of what `startChild` is given, which must be one thing: options behind it would be ignored. */
export function onlySpec(given: readonly unknown[]): ChildSpec<unknown> {
  if (given.length > 1) throw wrong({ where: "startChild", example: "startChild(child(Bee, { args: [1] }))" }, "its arguments", given, "one child alone, with all that is to be said of it in its spec")
  return toSpec(given[0])
}

const IN_LIST: Place = { where: "child", example: 'child(Queen, { id: "queen" }), Queen, [Bee, "Maya"], { what: Queen }, supervisor({ … })' }

/** The spec of whatever a list of children takes; `field` says where it stands. */
export function toSpec(given: unknown, field = "what", place = IN_LIST): ChildSpec<unknown> {
  if (given instanceof ChildSpec) return given
  if (typeof given === "function" || isRecipe(given)) return makeSpec(given, undefined)
  if (isMap(given)) return ofMap(given)
  const inList = { ...IN_LIST, where: place.where }
  if (!Array.isArray(given)) throw wrong(inList, field, given, "a child: a spec, a class, a function, a tree of supervisors, a class and its one argument, or a plain object")
  if (given.length !== 2) throw wrong(inList, field, given, "of two parts, the class and its one argument, where it is an array; for more arguments there is child(Bee, { args: [1, 2] })")
  return makeSpec(given[0], { args: [given[1]] })
}

function isMap(given: unknown): given is ChildMap {
  return isPlain(given) && !isRecipe(given) && !(given instanceof Ref)
}

function ofMap(map: object): ChildSpec<unknown> {
  const place = placeOf(map, (map as ChildMap).what)
  const { start, what, ...options } = check(childMap, map, place)
  if (start === undefined) return makeSpec(what, options)
  if (what !== undefined) throw wrong(place, "what", what, "left out where start is given: that says what runs")
  if (options.id === undefined) throw wrong(place, "id", undefined, "given where start is: nothing else has a name")
  const idle = OF_THE_PROCESS.find((field) => options[field] !== undefined)
  if (idle !== undefined) throw wrong(place, idle, options[idle], "left out where start is given: that says how its process is spawned")
  return makeSpec(start, options, start as StartFunction)
}

/** What a start function decides by itself. */
const OF_THE_PROCESS = ["name", "label", "mailbox", "validate", "reentrant", "trapExit", "startTimeoutMs"] as const

/** What a class says of its children by `static childSpec`, a recipe of itself, and what is said here: the last counts. */
function makeSpec(what: unknown, given: object | undefined, start?: StartFunction): ChildSpec<unknown> {
  const place = placeOf(given, what)
  check(whatCanRun, what, { ...place, whole: "what", example: exampleFor(what) })
  const said = given === undefined ? {} : readOptions(given, place)
  const options = { ...presets(what, place), ...said }
  const { args = [], backoff, id = nameOf(what, place), restart = isTask(what) ? "temporary" : "permanent", significant = false } = options
  if (isRecipe(what) && args.length > 0) throw wrong(place, "args", args, "left out: a tree of supervisors has all in itself")
  if (significant && restart === "permanent") throw wrong(place, "significant", true, `left out where restart is "permanent": such a child never ends for good`)
  const delays = backoff === undefined ? undefined : withDefaults(backoff)
  if (delays !== undefined && restart === "temporary") throw wrong(place, "backoff", backoff, `left out where restart is "temporary": such a child is never restarted`)
  const kind = isRecipe(what) || (isActorClass(what) && "~supervision" in what.prototype) ? "supervisor" : "worker"
  const shutdownMs = options.shutdownMs ?? (kind === "supervisor" ? "infinity" : SHUTDOWN_MS)
  return new ChildSpec({
    id,
    what: isTask(what) ? taskBody(args, place) : what,
    args: isTask(what) ? args.slice(1) : args,
    restart,
    shutdownMs,
    significant,
    backoff: delays,
    kind,
    options: processOptions(options, shutdownMs),
    startTimeoutMs: options.startTimeoutMs ?? Infinity,
    start,
  })
}

type CheckedOptions = ReturnType<typeof readOptions>

/** The options without those that are undefined, which say nothing. */
function readOptions(given: unknown, place: Place) {
  return withoutUndefined(check(childOptions, given, place))
}

/** What a class, or a tree, says by itself. */
function presets(what: unknown, place: Place): CheckedOptions {
  // It was checked when it was made.
  if (isRecipe(what)) return (what as Recipe<Ref<unknown>> & { readonly life?: CheckedOptions }).life ?? {}
  if (typeof what !== "function" || !("childSpec" in what)) return {}
  return readOptions(what.childSpec, { ...place, where: `static childSpec of class ${what.name}`, whole: "it", example: 'static childSpec = { restart: "transient" } as const' })
}

/** What is right, and what was probably meant. */
function exampleFor(what: unknown): string {
  const right = "child(Queen), child(function* (self) { … }), child(Task, { args: [work] })"
  if (Object.prototype.toString.call(what) === "[object Generator]") return `${right}. This is a generator, not the function that makes it`
  if (isThenable(what)) return `${right}. This is what a function gives, not the function itself`
  if (Array.isArray(what)) return "child(Bee, { args: [1] })"
  return right
}

function nameOf(what: unknown, place: Place): string {
  if (isTask(what)) return "task"
  const name = isRecipe(what) ? "supervisor" : (what as { readonly name: string }).name
  if (name === "") throw wrong(place, "id", undefined, "given where the function has no name")
  return name
}

function placeOf(options: unknown, what: unknown): Place {
  const { id } = (typeof options === "object" ? options : null) as { readonly id?: unknown } ?? {}
  const name = typeof what === "function" ? what.name : ""
  const known = (typeof id === "string" && id !== "") || (typeof id === "number" && !Number.isNaN(id)) || typeof id === "symbol" ? String(id) : name
  return known === "" ? { where: "child", example: EXAMPLE } : { where: `child "${known}"`, child: known, example: EXAMPLE }
}

/** Of what there is nothing to say, a process needs no options. */
function processOptions(options: Readonly<Record<string, unknown>>, shutdownMs: Shutdown): ChildSpec["options"] {
  const { args: _args, backoff: _backoff, id, restart: _restart, shutdownMs: _shutdown, significant: _significant, startTimeoutMs: _timeout, ...rest } = options
  const process: Record<string, unknown> = withoutUndefined(rest)
  if (typeof id === "string" && rest["name"] === undefined && rest["label"] === undefined) process["label"] = id
  if (shutdownMs !== SHUTDOWN_MS) process["shutdownMs"] = shutdownMs === "infinity" ? Infinity : shutdownMs === "brutal_kill" ? 0 : shutdownMs
  return Object.keys(process).length === 0 ? undefined : process
}
