// Actors as one builds them of Effect's parts: a fiber that loops over a queue without a limit, its mailbox, and a
// deferred value in each call for the reply. A queue hands out its oldest message only, so there is no selective receive.

import { Deferred, Effect, Fiber, Queue } from "effect"
import { fanin, idle, spawn } from "./effect-queues.mjs"
import { bigActors, otherThan, sumOfTen } from "./harness.mjs"

const mailboxed = () => Queue.unbounded()

const counter = (mailbox) =>
  Effect.gen(function* () {
    let count = 0
    for (;;) {
      const { by, reply } = yield* Queue.take(mailbox)
      count += by
      yield* Deferred.succeed(reply, count)
    }
  })

const pong = (mailbox, size) =>
  Effect.gen(function* () {
    for (let round = 0; round < size; round++) {
      const { from, value } = yield* Queue.take(mailbox)
      yield* Queue.offer(from, value)
    }
  })

/** Pings others and answers their pings meanwhile; having had all its pongs, it says so and goes on answering. */
const member = (mailboxes, me, rounds, finished) =>
  Effect.gen(function* () {
    const mailbox = mailboxes[me]
    const pick = otherThan(me)
    let pongs = 0
    for (let round = 0; round < rounds; round++) {
      yield* Queue.offer(mailboxes[pick()], mailbox)
      for (;;) {
        const from = yield* Queue.take(mailbox)
        if (from === undefined) break
        yield* Queue.offer(from, undefined)
      }
      pongs++
    }
    yield* Queue.offer(finished, pongs)
    for (;;) yield* Queue.offer(yield* Queue.take(mailbox), undefined)
  })

export const actorRows = {
  "ask-actors": {
    size: 100_000,
    run: (size) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const mailbox = yield* mailboxed()
          const serving = yield* Effect.forkDetach(counter(mailbox))
          let right = 0
          for (let call = 1; call <= size; call++) {
            const reply = yield* Deferred.make()
            yield* Queue.offer(mailbox, { by: 1, reply })
            if ((yield* Deferred.await(reply)) === call) right++
          }
          yield* Fiber.interrupt(serving)
          return right
        }),
      ),
    expected: (size) => size,
  },
  "pingpong-actors": {
    size: 100_000,
    run: (size) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const there = yield* mailboxed()
          const back = yield* mailboxed()
          yield* Effect.forkDetach(pong(there, size))
          let right = 0
          for (let round = 0; round < size; round++) {
            yield* Queue.offer(there, { from: back, value: round })
            if ((yield* Queue.take(back)) === round) right++
          }
          return right
        }),
      ),
    expected: (size) => size,
  },
  "fanin-actors": { size: 200_000, run: fanin(mailboxed), expected: sumOfTen },
  big: {
    size: 100_000,
    run: (size) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const mailboxes = []
          for (let index = 0; index < bigActors; index++) mailboxes.push(yield* mailboxed())
          const finished = yield* mailboxed()
          const fibers = []
          for (let index = 0; index < bigActors; index++) {
            fibers.push(yield* Effect.forkDetach(member(mailboxes, index, size / bigActors, finished)))
          }
          let pongs = 0
          for (let index = 0; index < bigActors; index++) pongs += yield* Queue.take(finished)
          for (const fiber of fibers) yield* Fiber.interrupt(fiber)
          return pongs
        }),
      ),
    expected: (size) => size,
  },
  "spawn-actors": { size: 200_000, run: spawn(mailboxed), expected: (size) => size },
  "idle-actors": { size: 50_000, hold: idle(mailboxed, counter) },
}
