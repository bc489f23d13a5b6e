// nact: actors in the manner of Akka. An actor is a function that is called for one message at a time, each time by
// setImmediate(); a query makes a timer as well. It has no selective receive. The sizes are smaller than ours because a
// message takes microseconds.

import { setImmediate as turn } from "node:timers/promises"
import { dispatch, query, spawn, start, stop } from "nact"
import { bigActors, main, otherThan, sumOfTen } from "./harness.mjs"

/** nact's own names are random numbers of 31 bits, of which two of 50,000 may well be the same. */
const named = (index) => `actor-${index}`

/** Runs a body in a system of its own, and stops that. */
async function inSystem(body) {
  const system = start()
  try {
    return await body(system)
  } finally {
    stop(system)
  }
}

function count(state = 0, { by, reply }) {
  const total = state + by
  dispatch(reply, total)
  return total
}

const answer = (_state, { from, value }, { self }) => dispatch(from, { from: self, value })

/** The client of `ask-actors`: one message, for which it calls often. */
const callOften = (server, size, finish) => async () => {
  let right = 0
  for (let call = 1; call <= size; call++) {
    const total = await query(server, (reply) => ({ by: 1, reply }), 5_000)
    if (total === call) right++
  }
  finish(right)
}

/** Sends the next ping for each pong that comes back with the number of the last one. */
function play(size, finish) {
  return (round, message, { self }) => {
    const { from, value } = message
    if (value !== round) throw new Error(`the pong of ${round} is ${value}`)
    if (round + 1 === size) finish(size)
    else dispatch(from, { from: self, value: round + 1 })
    return round + 1
  }
}

const add = (size, finish) => (state, value) => {
  const next = { received: state.received + 1, total: state.total + value }
  if (next.received === size) finish(next.total)
  return next
}

const sendMany = (_state, { to, count: messages }) => {
  for (let index = 0; index < messages; index++) dispatch(to, index)
}

/** A member of `big`: without a sender a message is a pong, or the first one, which starts it. */
function member(me, actors, rounds, finish) {
  const pick = otherThan(me)
  return (pings = 0, { from }, { self }) => {
    if (from !== undefined) {
      dispatch(from, {})
      return pings
    }
    if (pings < rounds) dispatch(actors[pick()], { from: self })
    else finish(pings)
    return pings + 1
  }
}

await main({
  "ask-actors": {
    size: 50_000,
    run: (size) =>
      inSystem(
        (system) =>
          new Promise((finish) => {
            const server = spawn(system, count)
            dispatch(spawn(system, callOften(server, size, finish)), {})
          }),
      ),
    expected: (size) => size,
  },
  "pingpong-actors": {
    size: 50_000,
    run: (size) =>
      inSystem(
        (system) =>
          new Promise((finish) => {
            const other = spawn(system, answer)
            const player = spawn(system, play(size, finish), "player", { initialState: 0 })
            dispatch(other, { from: player, value: 0 })
          }),
      ),
    expected: (size) => size,
  },
  "fanin-actors": {
    size: 100_000,
    run: (size) =>
      inSystem(
        (system) =>
          new Promise((finish) => {
            const to = spawn(system, add(size, finish), "adder", { initialState: { received: 0, total: 0 } })
            for (let sender = 0; sender < 10; sender++) {
              dispatch(spawn(system, sendMany, named(sender)), { to, count: size / 10 })
            }
          }),
      ),
    expected: sumOfTen,
  },
  big: {
    size: 50_000,
    run: (size) =>
      inSystem(
        (system) =>
          new Promise((finish) => {
            const actors = []
            let finished = 0
            let pongs = 0
            const finishOne = (had) => {
              pongs += had
              if (++finished === bigActors) finish(pongs)
            }
            for (let index = 0; index < bigActors; index++) {
              actors.push(spawn(system, member(index, actors, size / bigActors, finishOne), named(index)))
            }
            for (const actor of actors) dispatch(actor, {})
          }),
      ),
    expected: (size) => size,
  },
  "spawn-actors": {
    size: 50_000,
    run: (size) =>
      inSystem(async (system) => {
        let stopped = 0
        const afterStop = () => {
          stopped++
        }
        for (let created = 0; created < size; ) {
          const end = Math.min(created + 1_000, size)
          const batch = []
          for (; created < end; created++) batch.push(spawn(system, answer, named(created), { afterStop }))
          for (const actor of batch) stop(actor)
          // afterStop is called in the next turn of the event loop.
          await turn()
        }
        return stopped
      }),
    expected: (size) => size,
  },
  "idle-actors": {
    size: 50_000,
    hold(size) {
      const system = start()
      return Array.from({ length: size }, (_, index) => spawn(system, count, named(index)))
    },
  },
})
