// Effect: fibers, and queues of capacity 1 as the nearest thing to a rendezvous. The sizes are smaller than ours because
// an operation takes microseconds; only ns an operation is compared.

import { Effect, Fiber, Queue } from "effect"
import { actorRows } from "./effect-actors.mjs"
import { fanin, idle, spawn } from "./effect-queues.mjs"
import { main, sum, sumOfTen } from "./harness.mjs"

const open = () => Queue.bounded(1)

const pong = (there, back, size) =>
  Effect.gen(function* () {
    for (let round = 0; round < size; round++) yield* Queue.offer(back, yield* Queue.take(there))
  })

const member = (inbound, outbound, index, finished) =>
  Effect.gen(function* () {
    for (;;) {
      const token = yield* Queue.take(inbound)
      if (token === 0) {
        yield* Queue.offer(finished, index)
        return
      }
      yield* Queue.offer(outbound, token - 1)
    }
  })

const node = (parent, first, size) =>
  Effect.gen(function* () {
    if (size === 1) {
      yield* Queue.offer(parent, first)
      return
    }
    const results = yield* open()
    for (let child = 0; child < 10; child++) {
      yield* Effect.forkDetach(node(results, first + (child * size) / 10, size / 10))
    }
    let total = 0
    for (let child = 0; child < 10; child++) total += yield* Queue.take(results)
    yield* Queue.offer(parent, total)
  })

const serve = (requests, size) =>
  Effect.gen(function* () {
    for (let served = 0; served < size; served++) {
      const { value, reply } = yield* Queue.take(requests)
      yield* Queue.offer(reply, value + 1)
    }
  })

await main({
  ...actorRows,
  pingpong: {
    size: 100_000,
    run: (size) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const there = yield* open()
          const back = yield* open()
          yield* Effect.forkDetach(pong(there, back, size))
          let right = 0
          for (let round = 0; round < size; round++) {
            yield* Queue.offer(there, round)
            if ((yield* Queue.take(back)) === round) right++
          }
          return right
        }),
      ),
    expected: (size) => size,
  },
  ring: {
    size: 200_000,
    run: (size) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const queues = []
          for (let index = 0; index < 503; index++) queues.push(yield* open())
          const finished = yield* open()
          for (let index = 0; index < 503; index++) {
            yield* Effect.forkDetach(member(queues[index], queues[(index + 1) % 503], index, finished))
          }
          yield* Queue.offer(queues[0], size)
          return yield* Queue.take(finished)
        }),
      ),
    expected: (size) => size % 503,
  },
  spawn: { size: 200_000, run: spawn(), expected: (size) => size },
  idle: { size: 50_000, hold: idle(open, Queue.take) },
  skynet: {
    size: 100_000,
    run: (size) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const root = yield* open()
          yield* Effect.forkDetach(node(root, 0, size))
          return yield* Queue.take(root)
        }),
      ),
    expected: sum,
  },
  fanin: { size: 200_000, run: fanin(open), expected: sumOfTen },
  "fanin-buffered": { size: 200_000, run: fanin(() => Queue.bounded(100)), expected: sumOfTen },
  ask: {
    size: 100_000,
    run: (size) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const requests = yield* open()
          const reply = yield* open()
          yield* Effect.forkDetach(serve(requests, size))
          let right = 0
          for (let value = 0; value < size; value++) {
            yield* Queue.offer(requests, { value, reply })
            if ((yield* Queue.take(reply)) === value + 1) right++
          }
          return right
        }),
      ),
    expected: (size) => size,
  },
  timers: {
    size: 200_000,
    run: (size) =>
      Effect.runPromise(
        Effect.gen(function* () {
          let seed = 1
          let woken = 0
          const fibers = []
          for (let created = 0; created < size; created++) {
            seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
            const sleeping = Effect.sleep(1 + ((seed >>> 8) % 1_000))
            fibers.push(
              yield* Effect.forkDetach(
                Effect.map(sleeping, () => {
                  woken++
                }),
              ),
            )
          }
          for (const fiber of fibers) yield* Fiber.join(fiber)
          return woken
        }),
      ),
    expected: (size) => size,
  },
})
