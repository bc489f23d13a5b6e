/** Calls that bring something which somebody must give back: none is lost on its way. */
import type { Body, Operation, Routine, RunLoop } from "@vivarium/core"
import { OwnedCall } from "@vivarium/core/lowlevel"

class ResourceCall<T> extends OwnedCall<T> {
  private readonly giveBack: (resource: T) => void

  constructor(loop: RunLoop | null, body: Body, args: readonly unknown[], giveBack: (resource: T) => void) {
    super(loop, body, args)
    this.giveBack = giveBack
  }

  override undo(outcome: unknown, failed: boolean): void {
    if (!failed) this.giveBack(outcome as T)
  }
}

/**
 * Calls a routine. As a case of a select or under a time-out it runs in a tasklet of its own: if it has ended, and the one that waits is killed before it
 * goes on, what it has brought is given back.
 */
export function resourceCall<A extends readonly unknown[], T>(loop: RunLoop | null, routine: (...args: A) => Routine<T>, args: A, giveBack: (resource: T) => void): Operation<T> {
  return new ResourceCall(loop, routine as Body<never> as Body, args, giveBack)
}
