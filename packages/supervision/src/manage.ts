/** Wishes: what somebody wants a supervisor to do, carried out in its turn, however long that takes. */
import type { Ref } from "@vivarium/actors"
import { callTo } from "@vivarium/actors/lowlevel"
import type { Operation, Routine } from "@vivarium/core"
import { OwnedCall } from "@vivarium/core/lowlevel"
import type { Supervision } from "./supervision.ts"

/** A wish may be refused by raising: that is the answer, and the supervisor goes on. */
export type Wish<T> = (supervision: Supervision) => T | Routine<T>

class Refused {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

const NO_TIMEOUT = { timeoutMs: Infinity, from: undefined, wait: false }

/** Asks a supervisor to do something, and waits for it as long as it takes. Raises CallError if it ends before. */
export function manage<T>(ref: Ref<unknown>, wish: (supervision: Supervision) => Routine<T>): Operation<T> {
  return new OwnedCall<T>(ref["~loop"], function* (): Routine<T> {
    const answer = yield* callTo(ref, NO_TIMEOUT, "~manage", [refusing(wish)])
    if (answer instanceof Refused) throw answer.error
    return answer as T
  } as never, [])
}

function refusing(wish: (supervision: Supervision) => Routine<unknown>): Wish<unknown> {
  return function* (supervision) {
    try {
      return yield* wish(supervision)
    } catch (error) {
      return new Refused(error)
    }
  }
}
