/** What is done to a supervisor and its model: numbers that can be drawn and shrunk fast, and what they mean. */
import type { Start } from "./model-world.ts"
import type { ModelBackoff, ModelFlags, ModelSpec } from "./supervisor-model.ts"

export type Orderly = "normal" | "shutdown" | "shutdown done"
export type Command =
  | { readonly do: "crash"; readonly id: string; readonly how: "boom" | "error sting" }
  | { readonly do: "exit"; readonly id: string; readonly reason: Orderly }
  | { readonly do: "kill"; readonly id: string }
  | { readonly do: "terminateChild" | "restartChild" | "deleteChild"; readonly id: string }
  | { readonly do: "startChild"; readonly spec: ModelSpec }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "plan"; readonly id: string; readonly start: Start; readonly times: number }
  | { readonly do: "stop" }

/** A command, and whether everybody runs before the next one. */
export type Step = Command & { readonly thenRun: boolean }

/** Takes choices out of a number, the first ones out of its lowest digits. */
class Choices {
  private left: number

  constructor(number: number) {
    this.left = number
  }

  of<T>(...from: readonly [T, ...T[]]): T {
    const index = this.left % from.length
    this.left = Math.floor(this.left / from.length)
    return from[index] as T
  }
}

export const IDS = ["a", "b", "c", "d"] as const
const BACKOFFS: readonly [undefined, undefined, ...ModelBackoff[]] = [
  undefined,
  undefined,
  { minMs: 10, maxMs: 80, factor: 2, maxAttempts: Infinity, resetAfterMs: 100 },
  { minMs: 25, maxMs: 25, factor: 1, maxAttempts: 2, resetAfterMs: 50 },
]

export function specOf(id: string, number: number, autoShutdown: ModelFlags["autoShutdown"], flags?: ModelFlags): ModelSpec {
  const choices = new Choices(number)
  const restart = choices.of("permanent", "transient", "temporary", "permanent")
  const backoff = choices.of(...BACKOFFS)
  const significant = choices.of(false, true)
  const takesMs = choices.of(0, 0, 0, 10, 30, Infinity)
  const shutdownMs = choices.of<number | "brutal_kill">(50, 20, "brutal_kill")
  return {
    id,
    restart,
    significant: significant && restart !== "permanent" && autoShutdown !== "never",
    backoff: restart === "temporary" ? undefined : backoff,
    takesMs: flags === undefined ? takesMs : 0,
    shutdownMs: flags === undefined ? shutdownMs : Infinity,
    ...(flags !== undefined && { flags }),
  }
}

export function flagsOf(strategy: ModelFlags["strategy"], number: number, children: (autoShutdown: ModelFlags["autoShutdown"]) => readonly ModelSpec[]): ModelFlags {
  const choices = new Choices(number)
  const maxRestarts = choices.of(3, 2, 1, 0, 5, Infinity)
  const withinMs = choices.of(100, 50, Infinity)
  const autoShutdown = choices.of("never", "any_significant", "all_significant")
  return { strategy, maxRestarts, withinMs, autoShutdown, children: children(autoShutdown) }
}

export function stepOf(number: number, autoShutdown: ModelFlags["autoShutdown"]): Step {
  const choices = new Choices(number)
  const what = choices.of("crash", "advance", "terminateChild", "plan", "restartChild", "startChild", "deleteChild", "exit", "crash", "advance", "crash", "kill", "plan", "top", "crash", "startChild")
  const thenRun = choices.of(true, true, false)
  const id = choices.of(...IDS)
  switch (what) {
    case "crash":
      return { do: what, id, how: choices.of("boom", "error sting"), thenRun }
    case "exit":
      return { do: what, id, reason: choices.of("normal", "shutdown", "shutdown done"), thenRun }
    case "kill":
      return { do: what, id: choices.of(id, "sup"), thenRun }
    case "startChild":
      return { do: what, spec: specOf(id, choices.of(number, number >> 8), autoShutdown), thenRun }
    case "advance":
      return { do: what, ms: choices.of(1, 10, 25, 50, 51, 100, 200), thenRun: true }
    case "plan":
      return { do: what, id: choices.of(id, "*"), start: choices.of("throw", "throw", "ignore"), times: choices.of(1, 2, 3, 6), thenRun }
    case "top":
      return choices.of(0, 1, 2, 3, 4, 5) === 5 ? { do: "stop", thenRun } : { do: choices.of("terminateChild", "restartChild", "deleteChild"), id: "sup", thenRun }
    default:
      return { do: what, id, thenRun }
  }
}
