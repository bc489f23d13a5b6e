// Effection: structured concurrency on generators. It has queues without a limit in place of rendezvous channels, so a
// send never waits here. The sizes are smaller than ours because an operation takes microseconds. There is no fanin (its
// senders would fill the queue before the receiver's first turn) and no timers (22 s for our 200,000).

import { createQueue, run, spawn, suspend } from "effection"
import { main, sum } from "./harness.mjs"

function* take(queue) {
  return (yield* queue.next()).value
}

function* pong(there, back, size) {
  for (let round = 0; round < size; round++) back.add(yield* take(there))
}

function* member(inbound, outbound, index, finished) {
  for (;;) {
    const token = yield* take(inbound)
    if (token === 0) {
      finished.add(index)
      return
    }
    outbound.add(token - 1)
  }
}

function* node(parent, first, size) {
  if (size === 1) {
    parent.add(first)
    return
  }
  const results = createQueue()
  for (let child = 0; child < 10; child++) {
    yield* spawn(() => node(results, first + (child * size) / 10, size / 10))
  }
  let total = 0
  for (let child = 0; child < 10; child++) total += yield* take(results)
  parent.add(total)
}

function* serve(requests, size) {
  for (let served = 0; served < size; served++) {
    const { value, reply } = yield* take(requests)
    reply.add(value + 1)
  }
}

await main({
  pingpong: {
    size: 200_000,
    run: (size) =>
      run(function* () {
        const there = createQueue()
        const back = createQueue()
        yield* spawn(() => pong(there, back, size))
        let right = 0
        for (let round = 0; round < size; round++) {
          there.add(round)
          if ((yield* take(back)) === round) right++
        }
        return right
      }),
    expected: (size) => size,
  },
  ring: {
    size: 200_000,
    run: (size) =>
      run(function* () {
        const queues = Array.from({ length: 503 }, () => createQueue())
        const finished = createQueue()
        for (let index = 0; index < 503; index++) {
          yield* spawn(() => member(queues[index], queues[(index + 1) % 503], index, finished))
        }
        queues[0].add(size)
        return yield* take(finished)
      }),
    expected: (size) => size % 503,
  },
  spawn: {
    size: 20_000,
    run: (size) =>
      run(function* () {
        let finished = 0
        for (let created = 0; created < size; ) {
          const end = Math.min(created + 1_000, size)
          const batch = []
          for (; created < end; created++) {
            batch.push(
              yield* spawn(function* () {
                finished++
              }),
            )
          }
          for (const task of batch) yield* task
        }
        return finished
      }),
    expected: (size) => size,
  },
  idle: {
    size: 20_000,
    hold(size) {
      const queues = Array.from({ length: size }, () => createQueue())
      run(function* () {
        for (const queue of queues) yield* spawn(() => take(queue))
        yield* suspend()
      })
      return new Promise((resume) => setTimeout(() => resume(queues), 500))
    },
  },
  skynet: {
    size: 10_000,
    run: (size) =>
      run(function* () {
        const root = createQueue()
        yield* spawn(() => node(root, 0, size))
        return yield* take(root)
      }),
    expected: sum,
  },
  ask: {
    size: 100_000,
    run: (size) =>
      run(function* () {
        const requests = createQueue()
        const reply = createQueue()
        yield* spawn(() => serve(requests, size))
        let right = 0
        for (let value = 0; value < size; value++) {
          requests.add({ value, reply })
          if ((yield* take(reply)) === value + 1) right++
        }
        return right
      }),
    expected: (size) => size,
  },
})
