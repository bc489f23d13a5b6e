/** What bounds a reader, read from options. */
import { HIGH_WATER_BYTES, IDLE_MS, LINE_BYTES } from "./limits.ts"
import { readSize, readTimeout } from "./options.ts"
import type { ReaderLimits } from "./reader.ts"

/** The limits that options give, and the defaults of those they do not. */
export function readLimits(options: Partial<ReaderLimits>): ReaderLimits {
  return {
    idleMs: readTimeout("idleMs", options.idleMs, IDLE_MS),
    maxLineBytes: readSize("maxLineBytes", options.maxLineBytes, LINE_BYTES),
    highWaterBytes: readSize("highWaterBytes", options.highWaterBytes, HIGH_WATER_BYTES),
  }
}
