import { type Channel, channel, type Routine, run, tasklet } from "@vivarium/core"
import type { MemoryBody } from "../workload.ts"

// Each tasklet waits on a channel of its own. The array holds the channels only: a channel keeps the tasklets that wait
// on it, and a tasklet that nobody can reach would be collected. Array.from() makes the array as long as it will be, as
// Go's program does; growing it would leave garbage in the figure.
export const idle: MemoryBody = {
  measures: "memory",
  hold(size) {
    const channels = Array.from({ length: size }, channelWithWaiter)
    run()
    return channels
  },
  count: (held) => (held as Channel<number>[]).filter((own) => own.balance === -1).length,
}

function channelWithWaiter(): Channel<number> {
  const own = channel<number>()
  tasklet(wait, own)
  return own
}

function* wait(own: Channel<number>): Routine {
  yield* own.receive()
}
