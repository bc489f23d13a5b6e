import { type Channel, channel, type Routine, run, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

interface Request {
  readonly value: number
  readonly reply: Channel<number>
}

export const ask: TimedBody = {
  measures: "time",
  run(size) {
    const requests = channel<Request>()
    const answers = { right: 0 }
    const serving = tasklet(serve, requests)
    tasklet(callOften, requests, size, answers)
    run()
    serving.kill()
    return answers.right
  },
  expected: (size) => size,
}

function* serve(requests: Channel<Request>): Routine {
  for (;;) {
    const { value, reply } = yield* requests.receive()
    yield* reply.send(value + 1)
  }
}

// One reply channel for the client, as in the Go and Stackless programs; a fresh one a call would measure channels.
function* callOften(requests: Channel<Request>, size: number, answers: { right: number }): Routine {
  const reply = channel<number>()
  let right = 0
  for (let value = 0; value < size; value++) {
    yield* requests.send({ value, reply })
    if ((yield* reply.receive()) === value + 1) right++
  }
  answers.right = right
}
