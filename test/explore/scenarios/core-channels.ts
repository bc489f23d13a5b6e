/** Channels: values are neither lost nor doubled, in whatever order the partners come. */
import { type Channel, channel, ChannelClosedError, type Preference, type Routine, schedule, type Tasklet, tasklet } from "@vivarium/core"
import type { Check } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { ended, Expected, sameItems } from "./core-outcomes.ts"

/** What holds of every channel, after every slice. */
function watch(check: Check, one: Channel<number>): void {
  check("balance counts the waiters", () => one.waiters.length === Math.abs(one.balance))
  check("senders wait only while the buffer is full", () => one.balance <= 0 || one.length === one.capacity)
  check("receivers wait only while the buffer is empty", () => one.balance >= 0 || one.length === 0)
}

/** Whether the values of each sender come in the order in which they were sent: those of one sender share their tens. */
function inOrderPerSender(values: readonly number[]): boolean {
  return values.every((value, index) => values.slice(index + 1).every((later) => Math.floor(later / 10) !== Math.floor(value / 10) || later > value))
}

function exchange(title: string, make: () => Channel<number>): NamedScenario {
  return {
    name: `many senders and many receivers lose and double nothing: ${title}`,
    *scenario({ check }) {
      const flower = make()
      watch(check, flower)
      const received: number[][] = [[], [], []]
      const senders = [10, 20, 30].map((base) => tasklet({ name: `sender ${base}` }, () => flower.sendAll([base + 1, base + 2])))
      const receivers = received.map((mine, number) =>
        tasklet({ name: `receiver ${number}` }, function* (): Routine {
          for (let turn = 0; turn < 2; turn++) mine.push(yield* flower.receive())
        }),
      )
      yield* ended([...senders, ...receivers])
      check("each value came once", sameItems(received.flat(), [11, 12, 21, 22, 31, 32]))
      check("in order, for each pair", received.every(inOrderPerSender))
      check("nobody waits", flower.balance === 0)
    },
  }
}

function fair(): Channel<number> {
  const one = channel<number>()
  one.scheduleAll = true
  return one
}

const preferences: readonly Preference[] = ["receiver", "sender", "none"]

/** A sender, two receivers and one who closes, all at once. */
function closeRace(capacity: number): NamedScenario {
  return {
    name: `closing races with sends and receives, capacity ${capacity}`,
    *scenario({ check }) {
      const flower = channel<number>({ capacity })
      watch(check, flower)
      const sent: number[] = []
      const got: number[] = []
      const senders = [10, 20].map((base) =>
        tasklet({ name: `sender ${base}` }, function* (): Routine {
          try {
            for (const value of [base + 1, base + 2]) {
              yield* flower.send(value)
              sent.push(value)
            }
          } catch (error) {
            check("only for the close", error instanceof ChannelClosedError)
          }
        }),
      )
      const closer = tasklet({ name: "closer" }, function* (): Routine {
        yield* schedule()
        flower.close()
        flower.close()
      })
      const receivers = [1, 2].map((number) =>
        tasklet({ name: `receiver ${number}` }, function* (): Routine {
          for (let next = yield* flower.receiveOrDone(); !next.done; next = yield* flower.receiveOrDone()) got.push(next.value)
        }),
      )
      yield* ended([...senders, closer, ...receivers])
      check("what was sent was received, once", sameItems(sent, got))
      check("nothing is left in it", flower.closed && flower.balance === 0 && flower.length === 0)
    },
  }
}

function sentErrors(title: string, make: () => Channel<number>): NamedScenario {
  return {
    name: `a sent error reaches one receiver, as the same object, in its place among the values: ${title}`,
    *scenario({ check }) {
      const flower = make()
      watch(check, flower)
      const wasp = new Expected("wasp")
      const got: string[] = []
      const consumer = tasklet({ name: "consumer" }, function* (): Routine {
        while (got.length < 5) {
          try {
            got.push(String(yield* flower.receive()))
          } catch (error) {
            check("it is the same object", error === wasp)
            got.push("wasp")
          }
          yield* schedule()
        }
      })
      const sender = tasklet({ name: "sender" }, function* (): Routine {
        yield* flower.send(1)
        yield* flower.sendError(wasp)
        yield* flower.send(2)
        yield* flower.sendError(wasp)
        yield* flower.sendError(wasp)
      })
      yield* ended([sender, consumer])
      check("in order", got.join() === "1,wasp,2,wasp,wasp")
    },
  }
}

export const channelScenarios: readonly NamedScenario[] = [
  ...preferences.map((preference) => exchange(`preference ${preference}`, () => channel({ preference }))),
  exchange("scheduleAll", fair),
  exchange("a buffer of 1", () => channel({ capacity: 1 })),
  exchange("a buffer of 1 with preference receiver", () => channel({ capacity: 1, preference: "receiver" })),
  exchange("a buffer of 1 with preference sender", () => channel({ capacity: 1, preference: "sender" })),
  closeRace(0),
  closeRace(1),
  {
    name: "one consumer gets the values of every sender in order, through a buffer and senders that wait",
    *scenario({ check }) {
      const flower = channel<number>({ capacity: 2 })
      watch(check, flower)
      const got: number[] = []
      const senders = [10, 20, 30].map((base) => tasklet({ name: `sender ${base}` }, () => flower.sendAll([base + 1, base + 2])))
      const consumer = tasklet({ name: "consumer" }, () =>
        flower.each(function* (value) {
          got.push(value)
          if (value % 2 === 0) yield* schedule()
        }),
      )
      yield* ended(senders)
      flower.close()
      check("each counts them", (yield* consumer) === 6)
      check("in order, for each sender", got.length === 6 && inOrderPerSender(got))
    },
  },
  {
    name: "closing wakes waiting receivers of every form; what senders that wait offer can still be received",
    *scenario({ check }) {
      const empty = channel<number>()
      const full = channel<number>({ capacity: 1 })
      const endings: string[] = []
      const receivers = [
        tasklet({ name: "receive" }, function* (): Routine {
          try {
            yield* empty.receive()
          } catch (error) {
            if (error instanceof ChannelClosedError) endings.push("closed")
          }
        }),
        tasklet({ name: "receiveOrDone" }, function* (): Routine {
          if ((yield* empty.receiveOrDone()).done) endings.push("done")
        }),
        tasklet({ name: "each" }, function* (): Routine {
          endings.push(String(yield* empty.each(() => {})))
        }),
      ]
      const senders = [1, 2, 3].map((value) => tasklet({ name: `sender ${value}` }, () => full.send(value)))
      const closer = tasklet({ name: "closer" }, function* (): Routine {
        empty.close()
        while (full.balance < 2) yield* schedule()
        full.close()
      })
      yield* ended([...receivers, closer])
      check("all three have heard of the end", sameItems(endings, ["closed", "done", "0"]))
      let sum = 0
      check("three were still there", (yield* full.each((value) => void (sum += value))) === 3 && sum === 6)
      yield* ended(senders)
    },
  },
  ...([
    ["preference sender", { capacity: 1, preference: "sender" }],
    ["a buffer of 2", { capacity: 2 }],
    ["a rendezvous", {}],
  ] as const).map(([title, options]) => sentErrors(title, () => channel(options))),
  {
    name: "a receiver that is killed takes at most the value it was handed, and that is counted",
    *scenario({ check, scheduler }) {
      const flower = channel<number>({ preference: "none" })
      watch(check, flower)
      const got: number[] = []
      const receive = function* (): Routine {
        for (;;) got.push(yield* flower.receive())
      }
      const [victim, other] = [tasklet({ name: "victim" }, receive), tasklet({ name: "other" }, receive)]
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        victim.kill()
      })
      const sender = tasklet({ name: "sender" }, () => flower.sendAll([11, 12, 13]))
      yield* ended([sender, killer])
      other.kill()
      check("none is in two places", new Set(got).size === got.length)
      check("sent = received + dropped", got.length + scheduler.statistics().droppedValues === 3)
      check("nobody waits", flower.balance === 0)
    },
  },
  {
    name: "a sender that is killed has sent or has not; its value is never in between",
    *scenario({ check }) {
      const flower = channel<number>({ capacity: 1 })
      watch(check, flower)
      const done: number[] = []
      const got: number[] = []
      const senders = [11, 21, 31].map((value) =>
        tasklet({ name: `sender ${value}` }, function* (): Routine {
          yield* flower.send(value)
          done.push(value)
        }),
      )
      const consumer = tasklet({ name: "consumer" }, () => flower.each((value) => void got.push(value)))
      const killer = tasklet({ name: "killer" }, function* (): Routine {
        ;(senders[1] as Tasklet).kill({ pending: true })
        yield* schedule()
        ;(senders[2] as Tasklet).kill()
      })
      yield* ended([...senders, killer])
      flower.close()
      yield* consumer
      check("whatever was sent for sure has arrived", done.every((value) => got.includes(value)))
      check("nothing came twice", new Set(got).size === got.length)
    },
  },
  {
    name: "trySend and tryReceive, with partners that wait: the caller goes on, and nothing is lost",
    *scenario({ check }) {
      const flower = channel<number>()
      watch(check, flower)
      const got: number[] = []
      const sent: number[] = []
      const receiver = tasklet({ name: "receiver" }, function* (): Routine {
        got.push(yield* flower.receive())
        got.push(yield* flower.receive())
      })
      const pollers = [10, 20].map((base) =>
        tasklet({ name: `poller ${base}` }, function* (): Routine {
          for (let turn = 1; turn <= 3; turn++) {
            const before = got.length
            if (flower.trySend(base + turn)) sent.push(base + turn)
            check("the caller has gone on", got.length === before)
            yield* schedule()
          }
        }),
      )
      const sender = tasklet({ name: "sender" }, function* (): Routine {
        yield* flower.send(1)
        sent.push(1)
      })
      yield* ended(pollers)
      const last = flower.tryReceive()
      if (last !== undefined) got.push(last.value)
      receiver.kill()
      sender.kill()
      check("what was sent has come, once", sent.every((value) => got.includes(value)) && new Set(got).size === got.length)
    },
  },
  {
    name: "the preference and scheduleAll are changed while others send and receive",
    *scenario({ check }) {
      const flower = channel<number>()
      watch(check, flower)
      const got: number[] = []
      const sender = tasklet({ name: "sender" }, () => flower.sendAll([11, 12, 13]))
      const receiver = tasklet({ name: "receiver" }, function* (): Routine {
        while (got.length < 3) got.push(yield* flower.receive())
      })
      const changer = tasklet({ name: "changer" }, function* (): Routine {
        for (const preference of preferences) {
          flower.preference = preference
          yield* schedule()
          flower.scheduleAll = !flower.scheduleAll
        }
      })
      yield* ended([sender, receiver, changer])
      check("all came in order", got.join() === "11,12,13")
    },
  },
  {
    name: "a channel that is closed and opened again goes on where it was",
    *scenario({ check }) {
      const flower = channel<number>()
      watch(check, flower)
      const got: number[] = []
      const sent: number[] = []
      let over = false
      const receiver = tasklet({ name: "receiver" }, function* (): Routine {
        while (!over || !flower.closed) {
          const next = yield* flower.receiveOrDone()
          if (next.done) yield* schedule()
          else got.push(next.value)
        }
      })
      const sender = tasklet({ name: "sender" }, function* (): Routine {
        for (const value of [11, 12]) {
          try {
            yield* flower.send(value)
            sent.push(value)
          } catch (error) {
            check("it was closed", error instanceof ChannelClosedError)
          }
        }
      })
      flower.close()
      yield* schedule()
      flower.open()
      yield* schedule()
      yield* sender
      over = true
      flower.close()
      yield* receiver
      check("what was sent was received", sameItems(sent, got))
    },
  },
]
