/** The live heap: what is left of it after a full collection, so that two readings can be compared. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

/** How many bytes of the heap are in use. Takes some milliseconds. */
export function liveHeapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
