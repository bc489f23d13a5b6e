/** Selective receive: what is taken back stands where it stood, and nothing is lost or taken twice. */
import { Actor, after, Exit, ExitReason, on, type Process } from "@vivarium/actors"
import { group, type Routine, schedule, select, sleep, type Tasklet, timeout, TimeoutError } from "@vivarium/core"
import type { Scenario, World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { onceAnywhere } from "./once-anywhere.ts"

function* drain(self: Process<string>): Routine<string[]> {
  const left: string[] = []
  for (;;) {
    const one = yield* self.receive(
      on(
        (_message: string) => true,
        (message) => message,
      ),
      after(0, () => undefined),
    )
    if (one === undefined) return left
    left.push(one)
  }
}

/** Several tasklets of one process receive; some are killed. What they leave stands in the order in which it came. */
function competingReceives(isFilled: boolean): Scenario {
  return (world) => competing(world, isFilled)
}

function* competing(world: World, isFilled: boolean): Routine {
  const { check, system } = world
  const taken: string[] = []
  let left: string[] = []
  const receivers: Tasklet[] = []
  const reader = system.spawn(function* reader(self: Process<string>): Routine {
    yield* group(function* (members) {
      for (const wanted of ["c", "b", "d"]) {
        receivers.push(
          members.spawn(function* (): Routine {
            taken.push(yield* self.receive((message) => message === wanted))
          }),
        )
      }
      yield* sleep(1)
      for (const one of receivers) one.kill()
    })
    left = yield* drain(self)
  })
  for (const number of [0, 2]) onceAnywhere(world, `receive ${number} is killed`, () => receivers[number]?.kill())
  for (const message of ["a", "b", "c", "d", "e"]) {
    reader.send(message)
    if (!isFilled) yield* schedule()
  }
  yield* reader.join()
  check("what is left is in the order in which it came", left.join() === left.toSorted().join())
  check("nothing is lost, nothing was taken twice", [...taken, ...left].toSorted().join() === "a,b,c,d,e")
}

/** A message that is received out of the line for room, and comes back. */
function* receivedFromTheLine(world: World): Routine {
  const { check, system } = world
  const taken: string[] = []
  let left: string[] = []
  let receiver: Tasklet | undefined
  const reader = system.spawn(
    function* reader(self: Process<string>): Routine {
      yield* group(function* (members) {
        receiver = members.spawn(function* (): Routine {
          taken.push(yield* self.receive((message) => message === "c"))
        })
        yield* sleep(1)
        receiver.kill()
      })
      left = yield* drain(self)
    },
    { mailbox: { capacity: 2 } },
  )
  onceAnywhere(world, "the receive is killed", () => receiver?.kill())
  const sender = system.spawn(function* sender(): Routine {
    for (const message of ["a", "b", "c"]) yield* reader.with({ wait: true }).send(message)
  })
  yield* sender.join()
  yield* reader.join()
  check("what is left is in the order in which it came", left.join() === left.toSorted().join())
  check("nothing is lost, nothing was taken twice", [...taken, ...left].toSorted().join() === "a,b,c")
}

/** What a killed receive gives back is for the next one who waits for it. */
function* handedOn(world: World): Routine {
  const { check, system } = world
  const taken: number[] = []
  const receivers: Tasklet[] = []
  const reader = system.spawn(function* reader(self: Process<string>): Routine {
    yield* group(function* (members) {
      for (const number of [0, 1]) {
        receivers.push(
          members.spawn(function* (): Routine {
            yield* self.receive((message) => message === "b")
            taken.push(number)
          }),
        )
      }
      yield* sleep(1)
      check("one has it, if one is left", taken.length === 1)
      for (const one of receivers) one.kill()
    })
    check("nobody wanted the other one", (yield* drain(self)).join() === "a")
  })
  onceAnywhere(world, "the first is killed", () => receivers[0]?.kill())
  yield* schedule()
  for (const message of ["a", "b"]) {
    reader.send(message)
    yield* schedule()
  }
  yield* reader.join()
}

/** A signal that stands in the line for room behind a message which is taken back. */
function* signalBehindTheLine(world: World): Routine {
  const { check, system } = world
  let isTold = false
  const reader = system.spawn(
    function* reader(self: Process<unknown>): Routine {
      yield* self.receive(Exit)
      isTold = true
    },
    { mailbox: { capacity: 1 }, trapExit: true },
  )
  reader.send("nobody reads this")
  const sender = system.spawn(function* sender(self: Process): Routine {
    yield* group(function* (members) {
      const waiting = members.spawn(() => reader.with({ wait: true }).send("nor this"))
      yield* schedule()
      self.signalExit(reader, ExitReason.custom("look"))
      yield* schedule()
      waiting.kill()
    })
    yield* reader.join()
  })
  yield* sender.join()
  check("the signal has come in", isTold)
}

/** A guard that raises fails its own receive, and takes nothing. */
function* guardsThatRaise(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  let left: string[] = []
  const reader = system.spawn(function* reader(self: Process<string>): Routine {
    yield* group(function* (members) {
      members.spawn(function* (): Routine {
        try {
          yield* self.receive((message) => {
            if (message === "bad") throw new Error("cannot read it")
            return false
          })
        } catch (error) {
          log.push((error as Error).message)
        }
      })
      members.spawn(function* (): Routine {
        log.push(yield* self.receive((message) => message === "good"))
      })
    })
    yield* sleep(1)
    left = yield* drain(self)
  })
  yield* group(function* (senders) {
    for (const messages of [["bad", "x1"], ["good", "x2"]]) {
      senders.spawn(function* (): Routine {
        for (const message of messages) {
          reader.send(message)
          yield* schedule()
        }
      })
    }
  })
  yield* reader.join()
  check("the one fails, the other has its message", log.toSorted().join() === "cannot read it,good")
  check("what raised is still there", left.toSorted().join() === "bad,x1,x2")
}

/** Receives with a limit, whose messages come in that very millisecond. */
function* tiesOfAfter({ check, system }: World): Routine {
  const got: string[] = []
  let lates = 0
  const reader = system.spawn(function* reader(self: Process<string>): Routine {
    for (let turn = 0; turn < 3; turn++) {
      const one = yield* self.receive(
        on(
          (message: string) => message.startsWith("m"),
          (message) => message,
        ),
        after(10, () => undefined),
      )
      if (one === undefined) lates++
      else got.push(one)
    }
    got.push(...(yield* drain(self)))
  })
  const sender = system.spawn(function* sender(self: Process): Routine {
    self.sendAfter(10, "m1", { to: reader })
    self.sendAfter(10, "m2", { to: reader })
    yield* sleep(10)
    reader.send("m3")
    yield* sleep(10)
  })
  yield* reader.join()
  yield* sender.join()
  yield* sleep(20)
  check("all came, or were read by nobody", got.length === new Set(got).size)
  check("a limit that struck took nothing", got.length + system.statistics().deadLetters >= 3 && lates <= 3)
}

/** A receive that stands in a select, and loses. */
function* losingReceives(world: World): Routine {
  const { check, system } = world
  const got: string[] = []
  const reader = system.spawn(function* reader(self: Process<string>): Routine {
    for (let turn = 0; turn < 4; turn++) {
      const outcome = yield* select({ message: self.receive((message) => message !== "a"), pause: sleep(turn % 2) })
      if (outcome.key === "message") got.push(outcome.value)
      try {
        got.push(yield* timeout(0, self.receive((message) => message === "a")))
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error
      }
      yield* schedule()
    }
    yield* sleep(10)
    got.push(...(yield* drain(self)))
  })
  for (const message of ["a", "b", "c"]) {
    reader.send(message)
    yield* sleep(1)
  }
  yield* reader.join()
  check("nothing is lost, nothing was taken twice", got.toSorted().join() === "a,b,c")
  check("what one sent comes in its order, if it fits the same receive", got.indexOf("b") < got.indexOf("c"))
}

/** A process that ends while a message is on its way to it: that is a dead letter. */
function* killedWhileMatched(world: World): Routine {
  const { check, system } = world
  const got: string[] = []
  const lost: string[] = []
  system.events.on("deadLetter", ({ message }) => void lost.push(String(message)))
  const reader = system.spawn(function* reader(self: Process<string>): Routine {
    for (;;) got.push(yield* self.receive((message) => message !== "skip"))
  })
  onceAnywhere(world, "the reader is killed", () => reader.exit(ExitReason.kill))
  for (const message of ["1", "skip", "2", "3"]) {
    reader.send(message)
    yield* schedule()
  }
  yield* sleep(1)
  reader.exit(ExitReason.shutdown)
  yield* reader.join()
  check("each was read or is a dead letter, once", [...got, ...lost].toSorted().join() === "1,2,3,skip")
  check("they were read in their order", got.join() === got.toSorted().join())
}

/** Reads in a method what it needs; the rest is for `info`. */
class Keeper extends Actor {
  #log!: string[]

  init(log: string[]): void {
    this.#log = log
  }

  *ask(): Routine<string> {
    const first = yield* this.receive((message: unknown) => message === "answer 1")
    const second = yield* this.receive((message: unknown) => message === "answer 2")
    return `${String(first)}, ${String(second)}`
  }

  info(message: string): void {
    this.#log.push(message)
  }

  note(what: string): void {
    this.#log.push(what)
  }
}

function* receivesInAMethod({ check, system }: World): Routine {
  const log: string[] = []
  const keeper = system.spawn(Keeper, { args: [log] })
  const answer = keeper.request.ask()
  const senders = [1, 2].map((number) =>
    system.spawn(function* (): Routine {
      yield* schedule()
      keeper.cast.note(`cast ${number}`)
      keeper.send(`noise ${number}`)
      keeper.send(`answer ${number}`)
    }),
  )
  for (const sender of senders) yield* sender.join()
  check("it has what it asked for", (yield* answer) === "answer 1, answer 2")
  yield* keeper.stop()
  check("the rest comes afterwards", log.toSorted().join() === "cast 1,cast 2,noise 1,noise 2")
  for (const number of [1, 2]) check("what one sent comes in its order", log.indexOf(`cast ${number}`) < log.indexOf(`noise ${number}`))
}

export const receiveScenarios: readonly NamedScenario[] = [
  { name: "receives of one process that are killed leave the mailbox in order", scenario: competingReceives(false) },
  { name: "receives that are killed leave in order what stood there before them", scenario: competingReceives(true) },
  { name: "a receive that is killed puts back what it took out of the line for room", scenario: receivedFromTheLine },
  { name: "what a killed receive gives back is for the next who waits for it", scenario: handedOn },
  { name: "a signal behind a message that is taken back comes in", scenario: signalBehindTheLine },
  { name: "a guard that raises fails its own receive and takes nothing", scenario: guardsThatRaise },
  { name: "messages that come as the time of a receive is up are not lost", scenario: tiesOfAfter },
  { name: "a receive that loses a select takes nothing", scenario: losingReceives },
  { name: "a process that is killed with a message on its way leaves a dead letter", scenario: killedWhileMatched },
  { name: "a method that receives leaves the rest to info, in order", scenario: receivesInAMethod },
]
