import { type Channel, channel, type Routine, run, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

// Both bodies check or hand on what they receive, as the rivals' programs do.
export const pingpong: TimedBody = {
  measures: "time",
  run(size) {
    const there = channel<number>()
    const back = channel<number>()
    const answers = { right: 0 }
    tasklet(ping, there, back, size, answers)
    tasklet(pong, there, back, size)
    run()
    return answers.right
  },
  expected: (size) => size,
}

function* ping(
  there: Channel<number>,
  back: Channel<number>,
  size: number,
  answers: { right: number },
): Routine {
  let right = 0
  for (let round = 0; round < size; round++) {
    yield* there.send(round)
    if ((yield* back.receive()) === round) right++
  }
  answers.right = right
}

function* pong(there: Channel<number>, back: Channel<number>, size: number): Routine {
  for (let round = 0; round < size; round++) {
    yield* back.send(yield* there.receive())
  }
}
