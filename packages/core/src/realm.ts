/**
 * The one object that all copies of this package share.
 *
 * An application may load the package twice, as ESM and as CJS. Both copies must agree on who is current and on the
 * default scheduler, so that state lives under a global symbol and is fetched once per copy. Its layout is a protocol:
 * copies with another major version refuse to load beside it.
 */
import type { RunLoop } from "./run-loop.ts"
import type { Operation } from "./operation.ts"
import type { Tasklet } from "./tasklet.ts"

declare const suspendBrand: unique symbol

/** What a suspended tasklet yields to its scheduler: nobody else can make one, so a forgotten star is a type error. */
export interface Suspend {
  readonly [suspendBrand]: true
}

/** @internal */
export interface Realm {
  readonly protocol: number
  /** The tasklet whose code is running, or null in plain code. */
  current: Tasklet | null
  /** The scheduler used where nothing else names one; made on first use. */
  defaultScheduler: RunLoop | null
  /** Makes the default scheduler: set by the scheduler's own module, which this one must not import. */
  newScheduler: (() => RunLoop) | null
  /** How many callbacks (executors, hooks, iterators) are running: none of them may wait. */
  callbacks: number
  /** How many `run()`, `kill()` and `throw()` calls are nested on the JavaScript stack. */
  nesting: number
  /** What every suspending `next()` returns: recognised by identity. */
  readonly suspend: IteratorYieldResult<Suspend>
  /** What every finishing `next()` returns: `yield*` reads it at once, so one object serves all. */
  readonly finished: { done: true; value: unknown }
  /** The tasklet in which an error was first uncaught. */
  readonly owners: WeakMap<object, Tasklet>
  /** What stands in a tasklet's value when it is to be killed: recognised by identity, as are the two below. */
  readonly kill: object
  /** What stands for a call that has returned; made by the driver's module. */
  returned: Operation<never> | null
  /** What `scheduleRemove()` gives; made by its own module. */
  scheduleRemove: Operation<unknown> | null
}

const PROTOCOL = 1
const anchor: symbol = Symbol.for("vivarium.core")

function createRealm(): Realm {
  return {
    protocol: PROTOCOL,
    current: null,
    defaultScheduler: null,
    newScheduler: null,
    callbacks: 0,
    nesting: 0,
    suspend: { done: false, value: undefined as unknown as Suspend },
    finished: { done: true, value: undefined },
    owners: new WeakMap(),
    kill: { kill: true },
    returned: null,
    scheduleRemove: null,
  }
}

function fetchRealm(): Realm {
  const globals = globalThis as unknown as Record<symbol, Realm | undefined>
  const found = globals[anchor]
  if (found !== undefined && found.protocol !== PROTOCOL) {
    throw new Error(
      `@vivarium/core with protocol ${PROTOCOL} was loaded beside a copy with protocol ${found.protocol}: ` +
        "two schedulers would run side by side. Make all packages depend on the same major version of @vivarium/core.",
    )
  }
  const shared = found ?? createRealm()
  globals[anchor] = shared
  globals[Symbol.for(`vivarium.core/${PROTOCOL}`)] = shared
  return shared
}

/** @internal */
export const realm: Realm = /* @__PURE__ */ fetchRealm()
/** @internal */
export const SUSPEND: IteratorYieldResult<Suspend> = realm.suspend

/** @internal Wraps what an operation finished with. The object is shared: `yield*` reads it before anything else runs. */
export function finished<T>(value: T): IteratorReturnResult<T> {
  const result = realm.finished
  result.value = value
  return result as IteratorReturnResult<T>
}

/** @internal The scheduler of the current tasklet, else the default one, made on first use. */
export function currentScheduler(): RunLoop {
  return realm.current?.scheduler ?? (realm.defaultScheduler ??= (realm.newScheduler as () => RunLoop)())
}
