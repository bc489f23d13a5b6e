import { type Channel, channel, type Routine, run, select as selectFrom, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

function over(open: () => Channel<number>): TimedBody {
  return {
    measures: "time",
    run(size) {
      const even = open()
      const odd = open()
      const result = { sum: 0 }
      tasklet(feed, even, odd, size)
      tasklet(receive, even, odd, size, result)
      run()
      return result.sum
    },
    expected: (size) => (size * (size - 1)) / 2,
  }
}

export const select: TimedBody = over(() => channel({ preference: "none" }))
export const selectReceiver: TimedBody = over(() => channel({ preference: "receiver" }))

function* feed(even: Channel<number>, odd: Channel<number>, size: number): Routine {
  for (let index = 0; index < size; index++) yield* (index % 2 === 0 ? even : odd).send(index)
}

// The select is written inside the loop, as programs have it; hoisting the description would save its allocation.
function* receive(
  even: Channel<number>,
  odd: Channel<number>,
  size: number,
  result: { sum: number },
): Routine {
  let sum = 0
  for (let index = 0; index < size; index++) {
    sum += (yield* selectFrom({ even: even.receive(), odd: odd.receive() })).value
  }
  result.sum = sum
}
