/** Explains what a routine yielded when it should have waited. */
import { isOperation } from "./operation.ts"
import { MisuseError, show } from "./errors.ts"
import { isTasklet } from "./waitable.ts"

/** @internal The error for a `yield` without its star. */
export function missingStar(yielded: unknown): MisuseError {
  const what = isOperation(yielded) ? yielded.describe() : show(yielded)
  return new MisuseError("missing_star", `a routine yielded ${what} instead of waiting with yield*.\n${cureFor(yielded)}`)
}

function cureFor(yielded: unknown): string {
  if (isOperation(yielded)) return "  wrong: const value = yield channel.receive()\n  right: const value = yield* channel.receive()"
  if (isTasklet(yielded)) return "  wrong: const result = yield bee\n  right: const result = yield* bee"
  const { next, then } = Object(yielded) as { next?: unknown; then?: unknown }
  if (typeof next === "function") return "  wrong: const result = yield routine()\n  right: const result = yield* routine()"
  if (typeof then === "function") return "  wrong: const value = yield promise\n  right: const value = yield* until(promise)"
  return "  wrong: yield\n  right: yield* schedule()        // gives way to the other tasklets"
}
