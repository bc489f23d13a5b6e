/** Sleep sets: slices that need not be run next, for all that begins with them has been run already. */
import type { Footprint, Known } from "./footprint.ts"

interface Sleeper {
  /** What it touches, whichever branch it takes. */
  readonly footprint: Footprint
  /** What had names where it was run. */
  readonly known: Known
}

/** By the tasklet whose next slice it is. */
export type Sleepers = Map<number, Sleeper>

/** Ends a run that would be equal to another one. */
export const CUT_OFF = new Error("this run would be equal to another one")

/** Those who have nothing to do with a slice that has ended, and sleep on. */
export function stillAsleep(sleepers: Sleepers, slice: Footprint): Sleepers {
  const asleep: Sleepers = new Map()
  for (const [id, sleeper] of sleepers) if (sleeper.footprint.isIndependentOf(slice, sleeper.known)) asleep.set(id, sleeper)
  return asleep
}
