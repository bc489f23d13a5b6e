/**
 * What the host offers beside our clock and our chance: while a scenario runs, using it raises an error that names the cure.
 *
 * Invariants:
 * 1. The host's own functions are back whenever code runs that is not part of a scenario.
 */
import { ScenarioError } from "./errors.ts"

/** Clocks and turns of the host itself, kept from before anything is trapped. */
export const host = {
  now: performance.now.bind(performance),
  turn: (): Promise<void> => new Promise((resolve) => void immediate(resolve)),
}
const immediate = setImmediate

type Holder = Record<string, unknown>

const CURES: readonly (readonly [holder: Holder, name: string, called: string, cure: string])[] = [
  [globalThis as unknown as Holder, "setTimeout", "setTimeout()", "yield* sleep(ms), or a timer of the actor (this.sendAfter)"],
  [globalThis as unknown as Holder, "setInterval", "setInterval()", "yield* sleep(ms) in a loop, or this.sendInterval"],
  [globalThis as unknown as Holder, "setImmediate", "setImmediate()", "yield* schedule()"],
  [Date as unknown as Holder, "now", "Date.now()", "the world's clock: world.clock.now(), or scheduler.clock.now()"],
  [performance as unknown as Holder, "now", "performance.now()", "the world's clock: world.clock.now(), or scheduler.clock.now()"],
  [Math as unknown as Holder, "random", "Math.random()", "seeded chance: world.random.next(), or scheduler.random.next()"],
]

/** Told of the error, which whoever called may have caught. */
let tell: ((error: ScenarioError) => void) | null = null

/** Traps what the host offers; gives how to put it back. Traps nest: the newest scenario is told. */
export function trapGlobals(refuse: (error: ScenarioError) => void): () => void {
  const outer = tell
  tell = refuse
  const kept = CURES.map(([holder, name, called, cure]) => {
    const original = Object.getOwnPropertyDescriptor(holder, name)
    const trap = (): never => {
      const error = new ScenarioError("host_global", `${called} was called while a scenario runs: it is not ours to control, so no schedule could be replayed. Cure: ${cure}; or explore with { globals: "allow" }.`)
      tell?.(error)
      throw error
    }
    Object.defineProperty(holder, name, { value: trap, configurable: true, writable: true, enumerable: original?.enumerable ?? true })
    return (): void => {
      if (original === undefined) delete holder[name]
      else Object.defineProperty(holder, name, original)
    }
  })
  return () => {
    for (const putBack of kept.reverse()) putBack()
    tell = outer
  }
}
