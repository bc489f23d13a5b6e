/** Options of one call, cast, request or send: what `ref.with()` takes. */
import { InvalidArgumentError } from "@vivarium/core"
import { checkOptions, readFlag } from "@vivarium/core/lowlevel"
import type { Cell } from "./cell.ts"
import { cellOf, type Self } from "./self.ts"
import { checkTimeout } from "./time-out.ts"

/** What `ref.with()` takes. */
export interface WithOptions {
  /** How long a call waits for its answer, in milliseconds; Infinity for ever. Default 5,000. */
  readonly timeoutMs?: number
  /** On whose behalf: in an async method only `this` knows. */
  readonly from?: Self
  /** Makes casts and sends wait for room: they become operations. */
  readonly wait?: boolean
}

export interface CallOptions {
  readonly timeoutMs: number | undefined
  readonly from: Cell | undefined
  readonly wait: boolean
}

export function readWith(options: WithOptions): CallOptions {
  checkOptions("options", options, ["timeoutMs", "from", "wait"], "ref.with({ timeoutMs: 100 }).call.increment()")
  const { from, timeoutMs, wait } = options
  if (timeoutMs !== undefined) checkTimeout("timeoutMs", timeoutMs, "ref.with({ timeoutMs: 100 })")
  const cell = from === undefined ? undefined : cellOf(from)
  if (from !== undefined && cell === undefined) throw new InvalidArgumentError("from", from, "an actor or a raw process", "right: ref.with({ from: this })")
  return { timeoutMs, from: cell, wait: readFlag("wait", wait) }
}
