/** How long expectations wait. */
import { checkTimeout } from "@vivarium/actors/lowlevel"
import { checkOptions } from "@vivarium/core/lowlevel"
import { WITHIN_MS } from "./limits.ts"

/** How long an expectation waits. */
export interface WithinOptions {
  /** Milliseconds of the scheduler's clock; Infinity for ever. Default 3,000. */
  readonly withinMs?: number
}

export function readWithin(options: WithinOptions, example: string, known: readonly string[] = ["withinMs"]): number {
  checkOptions("options", options, known, example)
  const { withinMs = WITHIN_MS } = options
  checkTimeout("withinMs", withinMs, example)
  return withinMs
}

/** The same in words. */
export function within(ms: number): string {
  return ms === Infinity ? "" : ` within ${ms} ms`
}
