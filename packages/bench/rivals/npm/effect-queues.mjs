// What Effect's channel and actor programs have in common: they differ in the queue that they open, and in who takes.

import { Effect, Fiber, Queue } from "effect"

const sendMany = (queue, count) =>
  Effect.gen(function* () {
    for (let index = 0; index < count; index++) yield* Queue.offer(queue, index)
  })

/** Ten fibers send to one queue. */
export const fanin = (open) => (size) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const shared = yield* open()
      for (let sender = 0; sender < 10; sender++) yield* Effect.forkDetach(sendMany(shared, size / 10))
      let total = 0
      for (let index = 0; index < size; index++) total += yield* Queue.take(shared)
      return total
    }),
  )

/** Starts fibers that end at once and joins them, by the thousand; where `open` is given, each with a queue. */
export const spawn = (open) => (size) =>
  Effect.runPromise(
    Effect.gen(function* () {
      let finished = 0
      const finish = Effect.sync(() => {
        finished++
      })
      for (let created = 0; created < size; ) {
        const end = Math.min(created + 1_000, size)
        const batch = []
        for (; created < end; created++) {
          if (open !== undefined) yield* open()
          batch.push(yield* Effect.forkDetach(finish))
        }
        for (const fiber of batch) yield* Fiber.join(fiber)
      }
      return finished
    }),
  )

/** Fibers that wait, each at a queue of its own. */
export const idle = (open, taker) => (size) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const queues = []
      for (let created = 0; created < size; created++) {
        const queue = yield* open()
        queues.push(queue)
        yield* Effect.forkDetach(taker(queue))
      }
      yield* Effect.sleep(100)
      return queues
    }),
  )
