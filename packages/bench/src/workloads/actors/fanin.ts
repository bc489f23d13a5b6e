import { type Process, type Ref, System } from "@vivarium/actors"
import { Actor } from "@vivarium/actors"
import { run, type Routine } from "@vivarium/core"
import type { TimedBody } from "../../workload.ts"

const SENDERS = 10

class Counter extends Actor {
  #count = 0

  info(_message: number): void {
    this.#count++
  }

  count(): number {
    return this.#count
  }
}

export const faninActors: TimedBody = {
  measures: "time",
  async run(size) {
    const system = new System()
    const counter = system.spawn(Counter)
    for (let sender = 0; sender < SENDERS; sender++) system.spawn(sendOften, { args: [counter, size / SENDERS] })
    run()
    return await counter.call.count()
  },
  expected: (size) => size,
}

// A full mailbox makes the sender wait for room: nothing is dropped.
function* sendOften(_self: Process, counter: Ref<Counter>, count: number): Routine {
  const patient = counter.with({ wait: true })
  for (let message = 0; message < count; message++) if (!counter.send(message)) yield* patient.send(message)
}
