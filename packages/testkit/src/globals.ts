/**
 * What the host offers beside our clock and our chance: while a scenario runs, using it raises an error that names the cure.
 *
 * Invariants:
 * 1. The host's own functions are back whenever code runs that is not part of a scenario. In the middle of a run, what the scenario has begun goes on in microtasks: they
 *    are back before the host's timers and I/O, which may be anybody's.
 * 2. Logging may use them: a console may say when it was written to.
 * 3. They are replaced once, however many explorations are under way, and put back by the last one.
 */
import { ScenarioError } from "./errors.ts"

/** An async function that goes on takes a few for each `await`. */
const MICROTASKS = 100

/** Clocks and turns of the host itself, kept from before anything is trapped. */
export const host = {
  now: performance.now.bind(performance),
  turn: (): Promise<void> => new Promise((resolve) => void immediate(resolve)),
  /** Lets microtasks run, and what they queue in turn. */
  settle: async (): Promise<void> => {
    for (let round = 0; round < MICROTASKS; round++) await undefined
  },
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

type Refuse = (error: ScenarioError) => void

/** The explorations under way, each to be told of the error, which whoever called may have caught. */
const trapping = new Set<Trap>()
let running: Trap | null = null
let putBack: (() => void)[] = []

/** The trap of one exploration, until it is opened. */
export class Trap {
  readonly turns: boolean
  readonly refuse: Refuse

  /** `turns`: whether the host gets turns in the middle of a run. */
  constructor(turns: boolean, refuse: Refuse) {
    this.turns = turns
    this.refuse = refuse
  }

  /** Its scenario runs from now on. */
  set(): void {
    trapping.add(this)
    goOn(this)
    if (putBack.length === 0) putBack = [...[...CURES, ...WITHOUT_TURNS].map(trapped), trappedDate(), ...CONSOLE.map(exempted)]
  }

  /** The host gets a turn: from now on nobody knows whose code runs. */
  rest(): void {
    if (running === this) running = null
  }

  /** Its scenario does not run any more. */
  open(): void {
    this.rest()
    trapping.delete(this)
    if (trapping.size > 0) return
    for (const one of putBack.reverse()) one()
    putBack = []
  }
}

function goOn(trap: Trap): void {
  running = trap
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
  const original = (holder as Record<string, unknown>)[name] as (...args: unknown[]) => unknown
  function trap(this: unknown, ...args: unknown[]): unknown {
    if (logging > 0 || (WITHOUT_TURNS.includes(cure) && running?.turns !== false)) return original.apply(this, args)
    throw refused(called, instead)
  }
  return replace(holder, name, Object.assign(trap, name === "hrtime" ? { bigint: trap } : {}))
}

/** Only the date that it is now is the host's. */
function trappedDate(): () => void {
  const check = (args: readonly unknown[], called: string): void => {
    if (args.length === 0 && logging === 0) throw refused(called, "the world's clock: new Date(world.clock.now()), with { startAt } for the date at which it begins")
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

function refused(called: string, cure: string): ScenarioError {
  const error = new ScenarioError("host_global", `${called} was called while a scenario runs: it is not ours to control, so no schedule could be replayed. Cure: ${cure}; or explore with { globals: "allow" }.`)
  for (const { refuse } of running === null ? trapping : [running]) refuse(error)
  return error
}
