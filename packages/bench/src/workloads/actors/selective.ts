import { Actor, type Process, type Ref, System } from "@vivarium/actors"
import { run, type Routine } from "@vivarium/core"
import type { StagedBody } from "../../workload.ts"

const RECEIVES = 100
const CALLS = 500_000

type Message = { readonly noise: number } | "go" | "wanted"

class Adder extends Actor {
  next(value: number): number {
    return value + 1
  }
}

/** A receive that has to look past all that is unread, again and again. */
export const selective: StagedBody = {
  measures: "stage",
  prepare(size) {
    const done = { count: 0 }
    const reader = crowded(size, function* (self) {
      for (let count = 0; count < RECEIVES; count++) if ((yield* self.receive(isWanted)) === "wanted") done.count++
    })
    for (let count = 0; count < RECEIVES; count++) reader.send("wanted")
    run()
    return () => {
      reader.send("go")
      run()
      return done.count
    }
  },
  operations: () => RECEIVES,
  expected: () => RECEIVES,
}

/** Calls made with all that unread: the answers do not go through the mailbox. */
export const selectiveCall: StagedBody = callsPast((size) => size)

/** The same calls with nothing unread. */
export const selectiveCallEmpty: StagedBody = callsPast(() => 0)

function callsPast(unread: (size: number) => number): StagedBody {
  return { measures: "stage", prepare: (size) => prepareCalls(unread(size)), operations: () => CALLS, expected: () => CALLS }
}

function prepareCalls(unread: number): () => number {
  const done = { count: 0 }
  const system = new System()
  const adder = system.spawn(Adder)
  const reader = crowded(unread, function* () {
    for (let value = 0; value < CALLS; value++) if ((yield* adder.call.next(value)) === value + 1) done.count++
  })
  run()
  return () => {
    reader.send("go")
    run()
    return done.count
  }
}

function isWanted(message: Message): message is "wanted" {
  return message === "wanted"
}

function isGo(message: Message): message is "go" {
  return message === "go"
}

/** A process with so many unread messages, that begins its work when it is told. */
function crowded(size: number, work: (self: Process<Message>) => Routine): Ref<Process<Message>> {
  const system = new System({ mailbox: { capacity: size + RECEIVES + 1 } })
  const reader = system.spawn(function* (self: Process<Message>) {
    yield* self.receive(isGo)
    yield* work(self)
  })
  for (let noise = 0; noise < size; noise++) reader.send({ noise })
  return reader
}
