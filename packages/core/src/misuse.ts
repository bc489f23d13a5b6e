/** Explains what a routine yielded when it should have waited. */
import { isOperation } from "./operation.ts"
import { MisuseError, show } from "./errors.ts"

/** @internal The error for a `yield` without its star. */
export function missingStar(yielded: unknown): MisuseError {
  const what = isOperation(yielded) ? yielded.describe() : show(yielded)
  const cure = isOperation(yielded)
    ? "  wrong: const value = yield channel.receive()\n  right: const value = yield* channel.receive()"
    : "  wrong: yield\n  right: yield* schedule()        // gives way to the other tasklets"
  return new MisuseError("missing_star", `a routine yielded ${what} instead of waiting with yield*.\n${cure}`)
}
