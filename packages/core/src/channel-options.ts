/** The options of a channel, and their check. */
import { checkOptions } from "./checks.ts"
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
export interface ReadChannelOptions {
  readonly capacity: number
  readonly preference: Preference
  readonly name: string | undefined
}

/** @internal Stands for no options: most channels have none. */
export const NO_OPTIONS: ChannelOptions = {}
const DEFAULTS: ReadChannelOptions = { capacity: 0, preference: "receiver", name: undefined }

/** @internal */
export function readChannelOptions(options: ChannelOptions): ReadChannelOptions {
  if (options === NO_OPTIONS) return DEFAULTS
  checkOptions("options", options, ["capacity", "preference", "name"], "channel({ capacity: 10 })")
  const { capacity = 0, name, preference } = options
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MAX_CAPACITY) {
    throw new InvalidArgumentError("capacity", capacity, `an integer from 0 to ${MAX_CAPACITY}`, "0 makes a rendezvous.")
  }
  if (name !== undefined && typeof name !== "string") throw new InvalidArgumentError("name", name, "a string")
  return { capacity, name, preference: preference !== undefined ? preference : (capacity === 0 ? "receiver" : "none") }
}
