// XState: actors that are state machines. It has messages and no channels, so the rows are those an actor can do.
// The sizes are smaller than ours because a transition takes microseconds.

import { assign, createActor, sendTo, setup } from "xstate"
import { main, sumOfTen } from "./harness.mjs"

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

await main({
  pingpong: {
    size: 50_000,
    run(size) {
      const other = createActor(answering).start()
      const player = createActor(asking, { input: { other, size } })
      const finished = new Promise((resume) => player.subscribe({ complete: resume }))
      player.start()
      return finished.then(() => player.getSnapshot().context.right)
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
})
