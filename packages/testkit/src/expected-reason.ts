/** Which end of a process is expected, and waiting for it. */
import { describeReason, ExitReason, type Ref } from "@vivarium/actors"
import { isOtherClass } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError, type Routine, select, sleep } from "@vivarium/core"
import { equals } from "./equal.ts"
import { within } from "./within.ts"
import type { Verdict } from "./verdict.ts"

/**
 * Which exit reason is expected: a word (`"normal"`, `"killed"`, `"error"` for any error), a reason with all that it carries, the class of the error, or a function that says whether it fits.
 * Undefined is any.
 */
export type ExpectedReason = ExitReason["kind"] | ExitReason | (abstract new (...args: never) => Error) | ((reason: ExitReason) => boolean)

/** The same, read. */
export interface WantedReason {
  fits(reason: ExitReason): boolean
  readonly text: string
  readonly value: unknown
}

const KINDS: readonly ExitReason["kind"][] = ["normal", "shutdown", "kill", "killed", "noproc", "noconnection", "timeout", "ignore", "error", "custom"]

export function readReason(expected: unknown): WantedReason {
  if (expected === undefined) return { fits: () => true, text: "", value: undefined }
  if (typeof expected === "string" && (KINDS as readonly string[]).includes(expected)) return { fits: ({ kind }) => kind === expected, text: ` with the reason ${expected}`, value: { kind: expected } }
  if (typeof expected === "function") {
    if (!isOtherClass(expected)) return { fits: (reason) => (expected as (reason: ExitReason) => unknown)(reason) === true, text: ` with a reason that fits ${expected.name === "" ? "the predicate" : expected.name}`, value: expected }
    return { fits: (reason) => reason.kind === "error" && reason.error instanceof expected, text: ` with an error of the class ${expected.name}`, value: expected }
  }
  if (typeof expected !== "object" || expected === null) throw new InvalidArgumentError("reason", expected, `an exit reason, the class of an error, a function, or one of ${KINDS.join(", ")}`)
  const text = "kind" in expected && (KINDS as readonly unknown[]).includes(expected.kind) ? describeReason(expected as ExitReason) : "given"
  return { fits: (reason) => equals(reason, expected), text: ` with the reason ${text}`, value: expected }
}

/** Waits for the end of a process; null if it takes too long. What does not run at all has ended with `noproc`. */
export function* endWithin(ref: Ref<never> | Ref<unknown>, ms: number): Routine<ExitReason | null> {
  if (ref["~resolve"]() === null) return ExitReason.noproc
  if (ms === Infinity) return yield* ref.join()
  const first = yield* select({ end: ref.join(), late: sleep(ms) }, { priority: true })
  return first.key === "end" ? first.value : null
}

/** Whether a process has ended as it should; null if it lives on. */
export function judgeEnd(ref: Ref<never> | Ref<unknown>, reason: ExitReason | null, wanted: WantedReason, ms: number): Verdict {
  const expected = `${String(ref)} was expected to end${wanted.text}`
  if (reason === null) return { holds: false, text: `${expected}${within(ms)}, but it lives on.`, negated: "" }
  const ended = `it ended with ${describeReason(reason)}.`
  return {
    holds: wanted.fits(reason),
    text: `${expected}, but ${ended}`,
    negated: `${String(ref)} was expected not to end${wanted.text}, but ${ended}`,
    compared: { actual: reason, expected: wanted.value },
  }
}
