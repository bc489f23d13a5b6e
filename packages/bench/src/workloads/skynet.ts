import { type Channel, channel, type Routine, run, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

const children = 10

export const skynet: TimedBody = {
  measures: "time",
  run(size) {
    const root = channel<number>()
    const result = { sum: -1 }
    tasklet(node, root, 0, size)
    tasklet(collect, root, result)
    run()
    return result.sum
  },
  expected: (size) => (size * (size - 1)) / 2,
}

function* node(parent: Channel<number>, first: number, size: number): Routine {
  if (size === 1) {
    yield* parent.send(first)
    return
  }
  const results = channel<number>()
  const share = size / children
  for (let child = 0; child < children; child++) tasklet(node, results, first + child * share, share)
  let sum = 0
  for (let child = 0; child < children; child++) sum += yield* results.receive()
  yield* parent.send(sum)
}

function* collect(root: Channel<number>, result: { sum: number }): Routine {
  result.sum = yield* root.receive()
}
