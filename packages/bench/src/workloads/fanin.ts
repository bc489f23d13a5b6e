import { type Channel, channel, type Routine, run, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

const senders = 10

function over(open: () => Channel<number>): TimedBody {
  return {
    measures: "time",
    run(size) {
      const shared = open()
      const result = { sum: 0 }
      for (let sender = 0; sender < senders; sender++) tasklet(send, shared, size / senders)
      tasklet(receive, shared, size, result)
      run()
      return result.sum
    },
    expected: (size) => (senders * (size / senders) * (size / senders - 1)) / 2,
  }
}

export const fanin: TimedBody = over(() => channel({ preference: "none" }))
export const faninReceiver: TimedBody = over(() => channel({ preference: "receiver" }))
/** Go's program has the same capacity. */
export const faninBuffered: TimedBody = over(() => channel({ capacity: 100 }))

function* send(shared: Channel<number>, count: number): Routine {
  for (let index = 0; index < count; index++) yield* shared.send(index)
}

function* receive(shared: Channel<number>, count: number, result: { sum: number }): Routine {
  let sum = 0
  for (let index = 0; index < count; index++) sum += yield* shared.receive()
  result.sum = sum
}
