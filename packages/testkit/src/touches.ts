/**
 * Touches: learns which objects of ours a slice touches, by standing in for the methods and accessors of core's classes while somebody listens.
 * Product code pays nothing for it.
 *
 * Invariants:
 * 1. Every method and accessor of a shared object's class is stood in for, so that one added later is heard of too. What reads another object's fields without
 *    a method of that object is listed in OF_ANOTHER.
 * 2. What acts on the whole scheduler is heard of as `all`.
 * 3. The classes are as they were when nobody listens.
 */
import { Barrier, Channel, Deferred, Event, Mutex, Pool, Random, Scheduler, Semaphore, Tasklet } from "@vivarium/core"
import { External, Group, Ingress, Join, JoinQueue, realm, Receive, RunLoop, RunQueue, Send, VirtualClock, WaitQueue } from "@vivarium/core/lowlevel"

/** Hears of what the running slice touches. */
export interface TouchListener {
  touched(object: object): void
  /** It has touched what cannot be told apart. */
  touchedAll(): void
}

type Subject = (receiver: object, args: readonly unknown[]) => object | null

/** Whose state is their own. */
const SHARED = [Barrier, Channel, Deferred, Event, Group, Mutex, Pool, Random, Semaphore, Tasklet, AbortSignal]

/** The accessor itself, which tells nobody. */
const signal = Object.getOwnPropertyDescriptor(AbortController.prototype, "signal") as { readonly get: (this: object) => object }

/** Whose methods act on another object. */
const OF_ANOTHER: readonly (readonly [holder: object, subject: Subject])[] = [
  [AbortController.prototype, (controller) => signal.get.call(controller)],
  [Join.prototype, (join) => (join as Join<unknown>).target],
  [Receive.prototype, (receive) => (receive as Receive<unknown>).channel],
  [Send.prototype, (send) => (send as Send<unknown>).channel],
  // Who joins a tasklet touches that tasklet, too.
  [WaitQueue.prototype, (queue) => (queue instanceof JoinQueue ? null : queue)],
  [RunQueue.prototype, (_queue, [tasklet]) => (tasklet as Tasklet | undefined) ?? null],
]

/** What acts on all: null stands for the whole class. */
const OF_ALL: readonly (readonly [holder: object, names: readonly string[] | null])[] = [
  [External.prototype, ["next"]],
  [Ingress.prototype, ["accept"]],
  [RunLoop.prototype, ["run", "resume", "runCount", "switches", "hasWork", "drain"]],
  [Scheduler.prototype, ["main", "tasklets", "statistics", "instrument"]],
  [VirtualClock.prototype, ["advance", "setAlarm"]],
]

/** Constant, or about the tasklet that asks. */
const HARMLESS = new Set<PropertyKey>(["constructor", "parked"])

/** Whether its touches are heard of: those of an object of another copy of core are not. */
export function isHeard(object: object): boolean {
  return SHARED.some(({ prototype }) => Object.prototype.isPrototypeOf.call(prototype, object))
}

let listener: TouchListener | null = null
let listeners = 0
let putBack: (() => void)[] = []

/** Who hears from now on, or nobody: one at a time. Gives who heard before. */
export function listen(to: TouchListener | null): TouchListener | null {
  const before = listener
  listener = to
  return before
}

/** Makes core's classes tell, until the result is called. Nests. */
export function hearTouches(): () => void {
  if (listeners++ === 0) standIn()
  let done = false
  return () => {
    if (done) return
    done = true
    if (--listeners > 0) return
    for (const one of putBack.reverse()) one()
    putBack = []
  }
}

function standIn(): void {
  for (const { prototype } of SHARED) replaceAll(prototype as object, Reflect.ownKeys(prototype as object), (receiver) => listener?.touched(receiver))
  for (const [holder, subjectOf] of OF_ANOTHER) {
    replaceAll(holder, Reflect.ownKeys(holder), (receiver, args) => {
      const subject = subjectOf(receiver, args)
      if (subject !== null) listener?.touched(subject)
    })
  }
  for (const [holder, names] of OF_ALL) replaceAll(holder, names ?? Reflect.ownKeys(holder), () => listener?.touchedAll())
  replaceSetter(RunLoop.prototype, "switchTrap", () => listener?.touchedAll())
}

type Tell = (receiver: object, args: readonly unknown[]) => void

function replaceAll(holder: object, names: readonly PropertyKey[], tell: Tell): void {
  for (const name of names) {
    if (HARMLESS.has(name)) continue
    const original = Object.getOwnPropertyDescriptor(holder, name)
    if (original === undefined || original.configurable !== true) continue
    const { get, set, value } = original as { get?: () => unknown; set?: (value: unknown) => void; value?: unknown }
    if (typeof value === "function") replace(holder, name, original, { ...original, value: telling(value as Method, tell) })
    else if (get !== undefined) {
      replace(holder, name, original, { ...original, get: telling(get as Method, tell), ...(set === undefined ? {} : { set: telling(set as Method, tell) }) })
    }
  }
}

function replaceSetter(holder: object, name: string, tell: Tell): void {
  const original = Object.getOwnPropertyDescriptor(holder, name) as PropertyDescriptor & { readonly set: Method }
  replace(holder, name, original, { ...original, set: telling(original.set, tell) })
}

function replace(holder: object, name: PropertyKey, original: PropertyDescriptor, other: PropertyDescriptor): void {
  Object.defineProperty(holder, name, other)
  putBack.push(() => void Object.defineProperty(holder, name, original))
}

type Method = (this: object, ...args: unknown[]) => unknown

/** Tells of calls that are made inside of a slice: between slices only the run itself acts. */
function telling(method: Method, tell: Tell): Method {
  return function (this: object, ...args: unknown[]): unknown {
    if (listener !== null && realm.current !== null) tell(this, args)
    return method.apply(this, args)
  }
}
