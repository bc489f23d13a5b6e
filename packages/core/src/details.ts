/** What only few tasklets need: made on first use. */
import type { Frame } from "./body.ts"
import type { Group } from "./group.ts"
import type { JoinQueue } from "./join.ts"
import type { RunInContext } from "./tasklet-options.ts"
import type { TaskletOwner } from "./tasklet.ts"

/** @internal */
export class Details {
  /** The name given at creation. */
  name: string | undefined = undefined
  /** Where it was created: known in debug mode. */
  createdAt: string | undefined = undefined
  /** The suspended callers of `call`, outermost first. */
  frames: Frame[] = []
  /** Who waits for its end. */
  joiners: JoinQueue | null = null
  /** Aborted when the tasklet is killed; made when somebody asks for the signal. */
  controller: AbortController | null = null
  /** The depths of the frames that are being unwound by a kill, innermost last. */
  unwinding: number[] | null = null
  /** The values of `Local`s: never changed, replaced. */
  locals: ReadonlyMap<object, unknown> | null = null
  /** The context of the host in which its frames are resumed. */
  context: RunInContext | null = null
  /** The group that answers for it. */
  group: Group | null = null
  /** What it works for, if it is not the main tasklet of that. */
  owner: TaskletOwner | null = null
  /** Whether somebody is about to collect its outcome, so that an error is not uncaught. */
  collected = false

  /** Forgets what belongs to one run of the body; name and place stay. */
  reset(): void {
    this.frames = []
    this.joiners = null
    this.controller = null
    this.locals = null
    this.unwinding = null
    this.context = null
    this.group = null
    this.owner = null
    this.collected = false
  }
}
