/** What those who watch one side of a run write into: the trace keeps it. */
import type { Tasklet } from "@vivarium/core"
import type { ArrowStyle, Party } from "./diagram-scene.ts"

export interface Notebook {
  /** Whose slice it is, if it is anybody's. */
  readonly current: Tasklet | null
  /** The number of the slice. */
  readonly step: number
  /** The current slice has done something. */
  note(text: string): void
  /** It has happened to a tasklet that does not run now: told in its next slice. */
  noteLater(tasklet: Tasklet, text: string): void
  /** Something has passed from one to another; from nobody if it came by time or from outside. */
  arrow(from: Party | null, to: Party, text: string, style: ArrowStyle): void
  /** Something has become of one. */
  remark(over: Party, text: string): void
}
