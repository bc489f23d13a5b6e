/** Wishes: what somebody wants a supervisor to do, carried out in its turn, however long that takes. */
import type { Ref } from "@vivarium/actors"
import { Call } from "@vivarium/actors/lowlevel"
import type { Operation, Routine } from "@vivarium/core"
import type { Verb } from "./mark.ts"
import type { Supervision } from "./supervision.ts"

/** What it raises is the answer, and the supervisor goes on. */
export type Wish<T = unknown> = (supervision: Supervision) => Routine<T>

/** The answer of a supervisor that could not fulfil a wish. */
export class Refused {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

const NO_TIMEOUT = { timeoutMs: Infinity, from: undefined, wait: false }

/** Asks a supervisor to do something, and waits for it as long as it takes. Raises CallError if it ends before. */
export function manage<T>(ref: Ref<unknown>, verb: Verb, wish: Wish<T>): Operation<T> {
  return new Management<T>(ref, NO_TIMEOUT, verb, [wish])
}

class Management<T> extends Call<T> {
  override next(value?: unknown): ReturnType<Call<T>["next"]> {
    const step = super.next(value)
    if (step.done === true && (step.value as unknown) instanceof Refused) throw (step.value as unknown as Refused).error
    return step
  }
}
