/** The options of a channel, and their check. */
import { InvalidArgumentError } from "./errors.ts"

/** Who goes on after an exchange: see `Channel`. */
export type Preference = "receiver" | "none" | "sender"

/** Options of `channel()`. */
export interface ChannelOptions {
  /** How many values it buffers: an integer from 0 (rendezvous, the default) to 4,294,967,295. */
  readonly capacity?: number
  /** Who goes on after an exchange; by default `"receiver"` at capacity 0, else `"none"`. */
  readonly preference?: Preference
  /** Shown in reports. */
  readonly name?: string
}

/** How many values a buffer may hold at most. */
const MAX_CAPACITY = 4_294_967_295

/** @internal */
export function readChannelOptions(options: ChannelOptions): { capacity: number; preference: Preference; name: string | undefined } {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError("options", options, "an object { capacity, preference, name }", "right: channel({ capacity: 10 })")
  }
  const { capacity = 0, name } = options
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MAX_CAPACITY) {
    throw new InvalidArgumentError("capacity", capacity, `an integer from 0 to ${MAX_CAPACITY}`, "0 makes a rendezvous.")
  }
  if (name !== undefined && typeof name !== "string") throw new InvalidArgumentError("name", name, "a string")
  return { capacity, name, preference: options.preference ?? (capacity === 0 ? "receiver" : "none") }
}
