/**
 * What the host offers beside our clock and our chance: while a scenario runs, using it raises an error that names the cure.
 *
 * Invariants:
 * 1. Only what a scenario has begun is kept from them, be it in its tasklets or, after an await, in a turn of the host: it runs in an async context of its own. Everybody
 *    else's code finds the host's own functions, even while they are replaced.
 * 2. Logging may use them: a console may say when it was written to.
 * 3. They are replaced once, however many explorations are under way, and put back by the last one.
 */
import { AsyncLocalStorage } from "node:async_hooks"
import { ScenarioError } from "./errors.ts"

/** Clocks and turns of the host itself, kept from before anything is trapped. */
export const host = {
  now: performance.now.bind(performance),
  turn: (): Promise<void> => new Promise((resolve) => void immediate(resolve)),
  /** A turn with a millisecond before it. */
  pause: (): Promise<void> => new Promise((resolve) => void later(resolve, 1)),
}
const immediate = setImmediate
const later = setTimeout

/** Where something of the host stands, how it is called, and what to use in its place. */
type Cure = readonly [holder: object, name: string, called: string, cure: string]

const CLOCK = "the world's clock: world.clock.now(), or scheduler.clock.now()"
const CHANCE = "seeded chance: world.random.next(), or scheduler.random.next()"

const CURES: readonly Cure[] = [
  [globalThis, "setTimeout", "setTimeout()", "yield* sleep(ms), or a timer of the actor (this.sendAfter)"],
  [globalThis, "setInterval", "setInterval()", "yield* sleep(ms) in a loop, or a timer of the actor (this.sendAfter with everyMs)"],
  [globalThis, "setImmediate", "setImmediate()", "yield* schedule()"],
  [AbortSignal, "timeout", "AbortSignal.timeout()", "timeout(ms, operation)"],
  [Date, "now", "Date.now()", CLOCK],
  [performance, "now", "performance.now()", CLOCK],
  [process, "hrtime", "process.hrtime()", CLOCK],
  [Math, "random", "Math.random()", CHANCE],
  [crypto, "randomUUID", "crypto.randomUUID()", `a name that is made of ${CHANCE}`],
  [crypto, "getRandomValues", "crypto.getRandomValues()", CHANCE],
]

/** Harmless where the host gets turns in the middle of a run. */
const WITHOUT_TURNS: readonly Cure[] = [[globalThis, "queueMicrotask", "queueMicrotask()", "yield* schedule(), or a tasklet; what is queued there would run after the whole exploration"]]

type HostFunction = (this: unknown, ...args: unknown[]) => unknown
type Refuse = (error: ScenarioError) => void

/** Whose code runs. */
const scope = new AsyncLocalStorage<Trap>()
/** The explorations under way. */
const trapping = new Set<Trap>()
let putBack: (() => void)[] = []

/** The trap of one exploration, until it is opened. */
export class Trap {
  readonly turns: boolean
  readonly refuse: Refuse

  /** `turns`: whether the host gets turns in the middle of a run. `refuse` is told of the error, which whoever called may have caught. */
  constructor(turns: boolean, refuse: Refuse) {
    this.turns = turns
    this.refuse = refuse
  }

  /** Does what runs its scenario. */
  within<T>(work: () => T): T {
    trapping.add(this)
    if (putBack.length === 0) putBack = [...[...CURES, ...WITHOUT_TURNS].map(trapped), trappedDate(), ...CONSOLE.map(exempted)]
    return scope.run(this, work)
  }

  /** Its scenario does not run any more. */
  open(): void {
    trapping.delete(this)
    if (trapping.size > 0) return
    for (const one of putBack.reverse()) one()
    putBack = []
  }
}

/** Whose scenario asks for something of the host's; undefined if it is none, or somebody who logs. */
function asking(): Trap | undefined {
  return logging > 0 ? undefined : scope.getStore()
}

/** Whoever writes to the console. */
const CONSOLE = ["debug", "dir", "error", "group", "info", "log", "table", "trace", "warn"] as const
let logging = 0

function exempted(name: (typeof CONSOLE)[number]): () => void {
  const original = console[name] as (...args: unknown[]) => void
  return replace(console, name, function (this: unknown, ...args: unknown[]): void {
    logging++
    try {
      original.apply(this, args)
    } finally {
      logging--
    }
  })
}

/** Replaces one function; gives how to put it back. */
function trapped(cure: Cure): () => void {
  const [holder, name, called, instead] = cure
  const standIn = (original: HostFunction): HostFunction =>
    function (this: unknown, ...args): unknown {
      const trap = asking()
      if (trap === undefined || (trap.turns && WITHOUT_TURNS.includes(cure))) return original.apply(this, args)
      throw refused(trap, called, instead)
    }
  const original = (holder as Record<string, HostFunction & { readonly bigint?: HostFunction }>)[name] as HostFunction & { readonly bigint?: HostFunction }
  // Of process.hrtime.
  const { bigint } = original
  return replace(holder, name, bigint === undefined ? standIn(original) : Object.assign(standIn(original), { bigint: standIn(bigint) }))
}

/** Only the date that it is now is the host's. */
function trappedDate(): () => void {
  const check = (args: readonly unknown[], called: string): void => {
    const trap = asking()
    if (trap !== undefined && args.length === 0) throw refused(trap, called, "the world's clock: new Date(world.clock.now()), with { startAt } for the date at which it begins")
  }
  return replace(globalThis, "Date", new Proxy(Date, {
    apply(target, _self, args): string {
      check([], "Date()")
      return Reflect.apply(target, undefined, args)
    },
    construct(target, args, newTarget) {
      check(args, "new Date()")
      return Reflect.construct(target, args, newTarget) as Date
    },
  }))
}

function replace(holder: object, name: string, value: unknown): () => void {
  const original = Object.getOwnPropertyDescriptor(holder, name)
  Object.defineProperty(holder, name, { value, configurable: true, writable: true, enumerable: original?.enumerable ?? true })
  return () => {
    if (original === undefined) Reflect.deleteProperty(holder, name)
    else Object.defineProperty(holder, name, original)
  }
}

function refused(trap: Trap, called: string, cure: string): ScenarioError {
  const error = new ScenarioError("host_global", `${called} was called while a scenario runs: it is not ours to control, so no schedule could be replayed. Cure: ${cure}; or explore with { globals: "allow" }.`)
  trap.refuse(error)
  return error
}
