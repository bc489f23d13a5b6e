/** The bits of a channel's `settings`: one test on the hot path finds everything that is out of the ordinary. */
import { InvalidArgumentError } from "./errors.ts"
import type { Preference } from "./channel-options.ts"

/** @internal The preference takes the lowest two bits. */
export const PREFERENCE = 3
/** @internal */
export const RECEIVER = 1
/** @internal */
export const SENDER = 2
/** @internal */
export const SCHEDULE_ALL = 4
/** @internal `close()` has been called. */
export const CLOSING = 8
/** @internal An error may be among the offered values. */
export const PARCELS = 16
/** @internal */
export const BUFFERED = 32

/** @internal By their bits. */
export const PREFERENCES: readonly Preference[] = ["none", "receiver", "sender"]

/** @internal */
export function preferenceBits(preference: Preference): number {
  const bits = PREFERENCES.indexOf(preference)
  if (bits < 0) throw new InvalidArgumentError("preference", preference, '"receiver", "none" or "sender"')
  return bits
}
