/** Bringing processes into being: spawned at once, or started and waited for. */
import { InvalidArgumentError, type Operation } from "@vivarium/core"
import { checkOptions, isGenerator, isThenable, OwnedCall, readFlag } from "@vivarium/core/lowlevel"
import { isActorClass, RAW_TYPE, rawType, typeOf } from "./actor-type.ts"
import { Cell, PARENT_LINKED, RAW, TRAPS_EXIT } from "./cell.ts"
import { currentCell } from "./current.ts"
import { describeReason } from "./describe.ts"
import { ActorError, NameTakenError, StartError } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import { linkCells } from "./exits.ts"
import { extrasOf } from "./extras.ts"
import type { Birth } from "./life.ts"
import { checkName, type Via } from "./names.ts"
import { readSettings } from "./process-settings.ts"
import { LocalRef, type Ref } from "./ref.ts"
import { isRecipe } from "./recipe.ts"
import type { ProcessOptions, StartOptions } from "./spawn-types.ts"
import { Starting } from "./start.ts"
import type { World } from "./world.ts"
import { checkTimeout } from "./time-out.ts"

/** How a process comes into being. */
export interface SpawnWays {
  readonly link?: boolean
  /** It shares its parent's fate as with a link, but the parent passes its own end on itself, and looks out for the child's. */
  readonly owned?: boolean
  /** On whose behalf, if it is not the parent's own. */
  readonly callers?: readonly Cell[]
}

const KNOWN = ["args", "name", "label", "mailbox", "shutdownMs", "validate", "reentrant", "trapExit", "startTimeoutMs"]

const makeRef = (cell: Cell): LocalRef => (cell.type.Ref === null ? new LocalRef(cell) : (new cell.type.Ref(cell as never) as LocalRef))

/** Makes a process that runs as soon as it is its turn. Its name is taken at once. */
export function spawnCell(world: World, parent: Cell | null, what: unknown, options: object | undefined, ways: SpawnWays = {}): Cell {
  if (isRecipe(what)) return spawnCell(world, parent, what["~recipe"].what, { ...what["~recipe"].options, ...options }, ways)
  const given = options === undefined ? NO_OPTIONS : checkSpawnOptions(options)
  if (world.stopping) throw new ActorError("no_system", `the system "${world.name}" is stopping or has stopped: nothing can be started in it any more.`)
  const raw = !isActorClass(what)
  if (raw && (typeof what !== "function" || isOtherClass(what))) throw notStartable(what)
  const type = raw ? ((what as { name: string }).name === "" ? RAW_TYPE : rawType((what as { name: string }).name)) : typeOf(what)
  const normally = type.settings === null ? world.settings : readSettings(world.settings, type.settings)
  const settings = given === NO_OPTIONS ? normally : readSettings(normally, given)
  const birth: Birth = { what: what as Birth["what"], args: given.args ?? [] }
  const cell = new Cell(world, type, settings, parent, birth, makeRef)
  if (raw) cell.flags |= RAW
  if (given !== NO_OPTIONS) nameCell(cell, given)
  world.add(cell)
  const { loop } = world
  const tasklet = loop.create(world.bodies.live as never, cell)
  tasklet.body = cell
  cell.tasklet = tasklet
  if (ways.callers !== undefined) extrasOf(cell).callers = ways.callers
  if (ways.owned === true) cell.flags |= PARENT_LINKED
  else if (ways.link === true && parent !== null) {
    cell.flags |= PARENT_LINKED
    linkCells(parent, cell)
  }
  loop.launch(tasklet)
  world.events.emit("started", cell.ref)
  return cell
}

type Given = ProcessOptions & StartOptions & { readonly args?: readonly unknown[] | undefined }
const NO_OPTIONS: Given = {}

function checkSpawnOptions(options: object): Given {
  checkOptions("options", options, KNOWN, 'system.spawn(Counter, { args: [10], name: "counter" })')
  const given = options as Given
  const { startTimeoutMs } = given
  if (startTimeoutMs !== undefined) checkTimeout("startTimeoutMs", startTimeoutMs, "system.start(Counter, { startTimeoutMs: 5000 })")
  if (given.args !== undefined && !Array.isArray(given.args)) throw new InvalidArgumentError("args", given.args, "an array of the arguments of init", "right: system.spawn(Counter, { args: [10] })")
  return given
}

function nameCell(cell: Cell, { label, name, trapExit }: Given): void {
  if (readFlag("trapExit", trapExit)) cell.flags |= TRAPS_EXIT
  if (label !== undefined) {
    if (typeof label !== "string") throw new InvalidArgumentError("label", label, "a string")
    extrasOf(cell).label = label
  }
  if (name === undefined) return
  if (isVia(name)) name.register(cell.ref)
  else cell.world.names.register(name, cell)
}

export function isVia(name: unknown): name is Via {
  if (typeof name === "object" && name !== null && "resolve" in name && "register" in name) return true
  checkName("name", name)
  return false
}

/** Whether it is a class, though not of actors: the prototype of a generator function has no constructor of its own, and that of others can be replaced. */
export function isOtherClass(what: { readonly prototype?: { readonly constructor?: unknown } }): boolean {
  return what.prototype?.constructor === what && Object.getOwnPropertyDescriptor(what, "prototype")?.writable === false
}

function notStartable(what: unknown): InvalidArgumentError {
  if (isThenable(what)) return new InvalidArgumentError("what to spawn", what, "a class that extends Actor, a function, or a tree of supervisors", "This is what the function gives, not the function.\n  wrong: system.spawn(poll(self))\n  right: system.spawn(poll)")
  const cure = isGenerator(what)
    ? "This is a generator, not the function that makes it.\n  wrong: system.spawn(forage(self))\n  right: system.spawn(forage)"
    : "right: system.spawn(Counter), system.spawn(function* (self) { … })"
  return new InvalidArgumentError("what to spawn", what, "a class that extends Actor, a function, or a tree of supervisors", cure)
}

/** Spawns, waits until `init` is done, and raises what became of it if it failed. */
export function startCell(world: World, parent: Cell | null, what: unknown, options: object | undefined, ways: SpawnWays = {}): Operation<Ref<unknown>> {
  const { startTimeoutMs = Infinity } = options === undefined ? NO_OPTIONS : checkSpawnOptions(options)
  return new OwnedCall<Ref<unknown>>(world.loop, function* () {
    const cell = spawnNamed(world, parent, what, options, ways)
    if ((cell.flags & RAW) !== 0) return cell.ref
    const starting = awaitStart(cell, parent, startTimeoutMs)
    try {
      yield* starting
    } finally {
      starting.over()
    }
    checkStart(starting)
    return cell.ref
  } as never, [])
}

/** Begins to wait for the `init` of a process that has just been spawned: pass the result, then ask it for the outcome. */
export function awaitStart(cell: Cell, parent: Cell | null, timeoutMs: number): Starting {
  const starting = new Starting(cell, parent, currentCell(), timeoutMs)
  extrasOf(cell).starting = starting
  return starting
}

/** Raises StartError if the start has failed. */
export function checkStart({ cell, late, reason, signalled, timeoutMs }: Starting): void {
  if (late) throw new StartError("timeout", `${cell.ref.toString()} was not started within ${timeoutMs} ms, so it was killed. Do what takes long after init: this.continueWith(() => …).`, ExitReason.timeout)
  if (reason !== null) throw startFailed(cell, reason, signalled)
}

/** The same as `spawnCell`; a name that is taken means that it has been started already. */
export function spawnNamed(world: World, parent: Cell | null, what: unknown, options: object | undefined, ways: SpawnWays): Cell {
  try {
    return spawnCell(world, parent, what, options, ways)
  } catch (error) {
    if (!(error instanceof NameTakenError)) throw error
    throw new StartError("already_started", error.message, ExitReason.custom("already_started"), { ref: error.ref, cause: error })
  }
}

function startFailed(cell: Cell, reason: ExitReason, signalled: boolean): StartError {
  const code = signalled ? "exit" : reason.kind === "ignore" ? "ignore" : "init_failed"
  const why = signalled ? `it was ended during init: ${describeReason(reason)}` : code === "ignore" ? "its init returned ignore" : `its init failed: ${describeReason(reason)}`
  return new StartError(code, `${cell.ref.toString()} was not started, for ${why}.`, reason, causeOf(reason))
}

/** The error behind a reason, be it in its detail. */
function causeOf(reason: ExitReason): { readonly cause?: unknown } {
  if (reason.kind === "error") return { cause: reason.error }
  const detail: unknown = reason.kind === "shutdown" ? reason.detail : undefined
  return typeof detail === "object" && detail !== null && "cause" in detail ? { cause: detail.cause } : {}
}
