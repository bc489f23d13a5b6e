/** What a run loop is made of. */
import type { Clock } from "./clock.ts"
import type { Limits } from "./limits.ts"
import type { Random } from "./random.ts"
import type { Report } from "./reports.ts"
import type { Pick } from "./scheduler-options.ts"
import type { Tasklet } from "./tasklet.ts"
import type { OnUncaught } from "./uncaught.ts"

/** @internal */
export interface RunLoopSettings {
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly pick?: Pick | undefined
  readonly onSlice?: ((ran: Tasklet | null) => void) | undefined
  readonly limits?: Limits | undefined
  readonly onUncaught?: OnUncaught | undefined
  readonly onReport?: ((report: Report) => void) | undefined
}
