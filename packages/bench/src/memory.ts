// What this process holds: the peak of its memory, its young generation, and a collection that leaves nothing to collect.

import { readFileSync } from "node:fs"
import { getHeapSpaceStatistics } from "node:v8"

/** Twice, since what the first collection frees by weak references goes with the second. */
export function collectAll(): void {
  globalThis.gc?.()
  globalThis.gc?.()
}

/** Bytes of memory behind the young generation. It grows by doubling up to a fixed size, whatever is held. */
export function youngGeneration(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")
  return space?.physical_space_size ?? 0
}

/** The kernel's own high-water mark where there is one: resourceUsage() starts at the parent's peak after a fork. */
export function peakMegabytes(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) / 1024
  } catch {
    // No /proc: not Linux.
  }
  return process.resourceUsage().maxRSS / 1024
}
