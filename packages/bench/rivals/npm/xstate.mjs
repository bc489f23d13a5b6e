// XState: actors that are state machines. It has messages and no channels, so the rows are those an actor can do.
// The sizes are smaller than ours because a transition takes microseconds.

import { assign, createActor, sendTo, setup } from "xstate"
import { bigActors, main, otherThan, sumOfTen } from "./harness.mjs"

const idleMachine = setup({}).createMachine({ initial: "waiting", states: { waiting: {} } })

/** Answers each ping to the actor that the event names. */
const answering = setup({}).createMachine({
  on: {
    ping: {
      actions: sendTo(
        ({ event }) => event.from,
        ({ event }) => ({ type: "pong", value: event.value }),
      ),
    },
  },
})

const asking = setup({}).createMachine({
  context: ({ input }) => ({ other: input.other, left: input.size, right: 0 }),
  initial: "playing",
  states: {
    playing: {
      entry: sendTo(
        ({ context }) => context.other,
        ({ self }) => ({ type: "ping", from: self, value: 0 }),
      ),
      on: {
        pong: [
          {
            guard: ({ context }) => context.left === 1,
            target: "finished",
            actions: assign({ right: ({ context }) => context.right + 1 }),
          },
          {
            actions: [
              assign({
                left: ({ context }) => context.left - 1,
                right: ({ context, event }) =>
                  event.value === context.right ? context.right + 1 : context.right,
              }),
              sendTo(
                ({ context }) => context.other,
                ({ context, self }) => ({ type: "ping", from: self, value: context.right }),
              ),
            ],
          },
        ],
      },
    },
    finished: { type: "final" },
  },
})

const adding = setup({}).createMachine({
  context: { sum: 0 },
  on: { add: { actions: assign({ sum: ({ context, event }) => context.sum + event.value }) } },
})

/** A server that counts and tells its count to whoever asks: XState has no call, so a call is two events. */
const counting = setup({}).createMachine({
  context: { count: 0 },
  on: {
    increment: {
      actions: [
        assign({ count: ({ context, event }) => context.count + event.by }),
        sendTo(
          ({ event }) => event.from,
          ({ context }) => ({ type: "counted", count: context.count }),
        ),
      ],
    },
  },
})

const increment = sendTo(
  ({ context }) => context.server,
  ({ self }) => ({ type: "increment", by: 1, from: self }),
)

const calling = setup({}).createMachine({
  context: ({ input }) => ({ server: input.server, size: input.size, right: 0 }),
  initial: "calling",
  states: {
    calling: {
      entry: increment,
      on: {
        counted: [
          {
            guard: ({ context, event }) => event.count === context.size,
            target: "finished",
            actions: assign({ right: ({ context }) => context.right + 1 }),
          },
          {
            actions: [
              assign({
                right: ({ context, event }) =>
                  event.count === context.right + 1 ? context.right + 1 : context.right,
              }),
              increment,
            ],
          },
        ],
      },
    },
    finished: { type: "final" },
  },
})

/** Runs the second of two machines, which talks to the first, to its final state, and returns how often it was right. */
async function playOut(player) {
  const finished = new Promise((resume) => player.subscribe({ complete: resume }))
  player.start()
  await finished
  return player.getSnapshot().context.right
}

const pingAnother = sendTo(
  ({ context }) => context.actors[context.pick()],
  ({ self }) => ({ type: "ping", from: self }),
)

/** A member of `big`. Sends are plain calls here, so each member plays all its rounds when it is told to begin. */
const member = setup({}).createMachine({
  context: ({ input }) => ({ ...input, pick: otherThan(input.index), pongs: 0 }),
  on: {
    begin: { actions: pingAnother },
    ping: { actions: sendTo(({ event }) => event.from, { type: "pong" }) },
    pong: [
      {
        guard: ({ context }) => context.pongs + 1 === context.rounds,
        actions: assign({ pongs: ({ context }) => context.pongs + 1 }),
      },
      { actions: [assign({ pongs: ({ context }) => context.pongs + 1 }), pingAnother] },
    ],
  },
})

await main({
  pingpong: {
    size: 50_000,
    run(size) {
      const other = createActor(answering).start()
      return playOut(createActor(asking, { input: { other, size } }))
    },
    expected: (size) => size,
  },
  spawn: {
    size: 50_000,
    run(size) {
      let stopped = 0
      for (let created = 0; created < size; created++) {
        const actor = createActor(idleMachine).start()
        actor.stop()
        if (actor.getSnapshot().status === "stopped") stopped++
      }
      return stopped
    },
    expected: (size) => size,
  },
  idle: {
    size: 20_000,
    hold: (size) => Array.from({ length: size }, () => createActor(idleMachine).start()),
  },
  fanin: {
    size: 100_000,
    run(size) {
      // Ten senders have no meaning where a send is a plain call: they take turns.
      const adder = createActor(adding).start()
      for (let index = 0; index < size / 10; index++) {
        for (let sender = 0; sender < 10; sender++) adder.send({ type: "add", value: index })
      }
      return adder.getSnapshot().context.sum
    },
    expected: sumOfTen,
  },
  "ask-actors": {
    size: 50_000,
    run(size) {
      const server = createActor(counting).start()
      return playOut(createActor(calling, { input: { server, size } }))
    },
    expected: (size) => size,
  },
  big: {
    size: 50_000,
    run(size) {
      const actors = []
      for (let index = 0; index < bigActors; index++) {
        actors.push(createActor(member, { input: { index, actors, rounds: size / bigActors } }).start())
      }
      for (const actor of actors) actor.send({ type: "begin" })
      return actors.reduce((pongs, actor) => pongs + actor.getSnapshot().context.pongs, 0)
    },
    expected: (size) => size,
  },
})
