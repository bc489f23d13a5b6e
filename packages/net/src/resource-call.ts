/** Calls that bring something which somebody must give back: none is lost on its way. */
import { type Body, type Operation, type Routine, type RunLoop, schedule, type Tasklet } from "@vivarium/core"
import { MARKED, OwnedCall, realm } from "@vivarium/core/lowlevel"

class ResourceCall<T> extends OwnedCall<T> {
  private readonly what: string
  private readonly giveBack: (resource: T) => void

  constructor(loop: RunLoop | null, what: string, body: Body, giveBack: (resource: T) => void) {
    super(loop, body, [])
    this.what = what
    this.giveBack = giveBack
  }

  override undo(outcome: unknown, failed: boolean): void {
    if (!failed) this.giveBack(outcome as T)
  }

  override describe(): string {
    return this.what
  }
}

/**
 * Calls a routine; `what` it is shows in reports. As a case of a select or under a time-out it runs in a tasklet of its own: if it has ended, and the one that waits is killed before it
 * goes on, what it has brought is given back.
 */
export function resourceCall<T>(loop: RunLoop | null, what: string, routine: () => Routine<T>, giveBack: (resource: T) => void): Operation<T> {
  return new ResourceCall(loop, what, () => handingOver(routine(), giveBack), giveBack)
}

/**
 * What foreign code did meanwhile may have killed the tasklet itself, or, while a select begins its cases, the one that is about to wait for this. Then a
 * wait is where that takes effect: nobody would take what comes after it.
 */
function* handingOver<T>(routine: Routine<T>, giveBack: (resource: T) => void): Routine<T> {
  const resource = yield* routine
  const { details, state } = realm.current as Tasklet
  if (state !== MARKED && details?.collected !== true) return resource
  let taken = false
  try {
    yield* schedule()
    taken = true
    return resource
  } finally {
    if (!taken) giveBack(resource)
  }
}
