/** Calls that belong to somebody's scheduler: `await` performs them there, not on the default one. */
import type { Body, Operation, Routine, RunLoop } from "@vivarium/core"
import { OwnedCall } from "@vivarium/core/lowlevel"

/** A call of a routine by the tasklets of a scheduler. */
export function callOn<A extends readonly unknown[], T>(loop: RunLoop, routine: (...args: A) => Routine<T>, ...args: A): Operation<T> {
  return new OwnedCall<T>(loop, routine as Body<never> as Body, args)
}
