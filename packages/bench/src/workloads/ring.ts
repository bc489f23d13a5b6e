import { type Channel, channel, type Routine, run, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

/** A prime, so that the token does not end where it began. */
const members = 503

export const ring: TimedBody = {
  measures: "time",
  run(size) {
    const channels = Array.from({ length: members }, () => channel<number>())
    const result = { last: -1 }
    for (let index = 0; index < members; index++) {
      const inbound = channels[index]
      const outbound = channels[(index + 1) % members]
      if (inbound === undefined || outbound === undefined) throw new Error("the ring has a gap")
      tasklet(member, inbound, outbound, index, result)
    }
    const first = channels[0]
    if (first === undefined) throw new Error("the ring is empty")
    tasklet(start, first, size)
    run()
    return result.last
  },
  expected: (size) => size % members,
}

function* member(
  inbound: Channel<number>,
  outbound: Channel<number>,
  index: number,
  result: { last: number },
): Routine {
  for (;;) {
    const token = yield* inbound.receive()
    if (token === 0) {
      result.last = index
      return
    }
    yield* outbound.send(token - 1)
  }
}

function* start(first: Channel<number>, size: number): Routine {
  yield* first.send(size)
}
