/** Mailboxes of every policy: who is let in, in which order, and what becomes of the rest. */
import { Actor, CallError, ExitReason, GroupChange, Groups, type Overflow, type Process, type Ref } from "@vivarium/actors"
import { group, type Routine, schedule } from "@vivarium/core"
import type { Scenario, World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { onceAnywhere } from "./once-anywhere.ts"

/** Notes what it is given. */
class Sink extends Actor {
  #log!: string[]

  init(log: string[]): void {
    this.#log = log
  }

  take(what: string): string {
    this.#log.push(what)
    return what
  }

  info(what: string): void {
    this.#log.push(what)
  }
}

/** Whether all of `part` stands in `whole`, in the same order. */
function isInOrder(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0
  for (const one of whole) if (one === part[at]) at++
  return at === part.length
}

/** What has become of casts that were sent without waiting. */
function casts(overflow: Overflow, strike?: ExitReason): Scenario {
  return function* (world: World): Routine {
    const { check, system } = world
    const sent: string[] = []
    const handled: string[] = []
    const lost: string[] = []
    let refused = 0
    const sink = system.spawn(Sink, { args: [handled], mailbox: { capacity: 2, overflow } })
    system.events.on("deadLetter", ({ message }) => void lost.push(String((message as readonly unknown[])[0])))
    if (strike !== undefined) onceAnywhere(world, `the sink is sent ${strike.kind}`, () => sink.exit(strike))
    yield* group(function* (senders) {
      for (const name of ["a", "b"]) {
        senders.spawn(function* (): Routine {
          for (let number = 0; number < 4; number++) {
            const isIn = sink.cast.take(`${name}${number}`)
            sent.push(`${name}${number}`)
            if (!isIn) refused++
            check("dropOldest takes whatever comes, while it is alive", overflow !== "dropOldest" || isIn || !sink.alive)
            if (number % 2 === 1) yield* schedule()
          }
        })
      }
    })
    yield* system.stop()
    check("each was handled or is a dead letter, once", [...handled, ...lost].toSorted().join() === sent.toSorted().join())
    check("they were handled in the order in which they came", isInOrder(handled, sent))
    check("who was told false finds a dead letter", refused <= lost.length)
    check("dropOldest loses none that came after one it keeps", overflow !== "dropOldest" || strike !== undefined || handled.slice(-2).join() === sent.slice(-2).join())
    check("what was let in is handled, unless something ended or replaced it", strike !== undefined || overflow === "dropOldest" || refused === lost.length)
  }
}

/** Calls, each of which has one outcome. */
function calls(overflow: Overflow): Scenario {
  return function* (world: World): Routine {
    const { check, system } = world
    const handled: string[] = []
    const outcomes: string[] = []
    const sink = system.spawn(Sink, { args: [handled], mailbox: { capacity: 1, overflow } })
    onceAnywhere(world, "the sink is killed", () => sink.exit(ExitReason.kill))
    yield* group(function* (callers) {
      for (const name of ["a", "b", "c"]) {
        callers.spawn(function* (): Routine {
          try {
            outcomes.push(`${yield* sink.call.take(name)} ok`)
          } catch (error) {
            if (!(error instanceof CallError)) throw error
            outcomes.push(`${name} ${error.code}`)
          }
        })
      }
    })
    const answered = outcomes.filter((one) => one.endsWith(" ok")).map((one) => one.slice(0, 1))
    check("every call has an outcome", outcomes.length === 3)
    check("what was handled was answered, and nothing else", handled.toSorted().join() === answered.toSorted().join())
    const allowed = ["ok", "exit", "noproc", ...(overflow === "fail" ? ["mailbox_full"] : overflow === "suspend" ? [] : ["dropped"])]
    check("the outcomes are those of the policy", outcomes.every((one) => allowed.includes(one.slice(2))))
    check("no answer came late", system.statistics().lateReplies === 0)
  }
}

/** Three who wait for room, one of whom is killed somewhere. */
function* waitsForRoom(world: World): Routine {
  const { check, system } = world
  const begun: string[] = []
  const handled: string[] = []
  const outcomes = new Map<string, boolean>()
  const sink = system.spawn(Sink, { args: [handled], mailbox: { capacity: 1 } })
  const patient = sink.with({ wait: true })
  const senders = ["a", "b", "c"].map((name) =>
    system.spawn(function* (): Routine {
      for (const number of [0, 1]) {
        begun.push(`${name}${number}`)
        outcomes.set(`${name}${number}`, yield* number === 0 ? patient.cast.take(`${name}${number}`) : patient.send(`${name}${number}` as never))
      }
    }),
  )
  onceAnywhere(world, "b is killed", () => senders[1]?.exit(ExitReason.kill))
  for (const sender of senders) yield* sender.join()
  yield* sink.call.take("last")
  check("they came in in the order in which they began to wait", isInOrder(handled.slice(0, -1), begun))
  for (const [what, isIn] of outcomes) check("who was told true was handled", isIn && handled.includes(what))
  check("those of the others are all there", ["a0", "a1", "c0", "c1"].every((what) => handled.includes(what)))
  check("none came twice", new Set(handled).size === handled.length)
  check("nothing was lost", system.statistics().deadLetters === 0)
}

/** Calls that wait for room, with a limit, and a callee who dies. */
function* callsThatWaitForRoom(world: World): Routine {
  const { check, system } = world
  const handled: string[] = []
  const outcomes: string[] = []
  const sink = system.spawn(Sink, { args: [handled], mailbox: { capacity: 1 } })
  onceAnywhere(world, "the sink is shut down", () => sink.exit(ExitReason.shutdown))
  const callers = ["a", "b", "c"].map((name) =>
    system.spawn(function* (): Routine {
      try {
        outcomes.push(`${yield* sink.with({ timeoutMs: Infinity }).call.take(name)} ok`)
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        outcomes.push(`${name} ${error.code} ${error.reason.kind}`)
      }
    }),
  )
  onceAnywhere(world, "a caller is killed", () => callers[0]?.exit(ExitReason.kill))
  for (const caller of callers) yield* caller.join()
  check("no call hangs", ["b", "c"].every((name) => outcomes.some((one) => one.startsWith(name))))
  check("they fail with the reason of the sink, or find nobody", outcomes.every((one) => / ok$| exit shutdown$| noproc noproc$/.test(one)))
  for (const one of outcomes) check("an answer is of a call that was handled", !one.endsWith("ok") || handled.includes(one.slice(0, 1)))
}

/** Everything that one process can send to another, some of it waiting for room: it comes in its order. */
function* orderPerPair(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const sink = system.spawn(TrappingSink, { args: [log], mailbox: { capacity: 1 }, trapExit: true })
  const other = system.spawn(function* filler(): Routine {
    for (let number = 0; number < 2; number++) {
      yield* sink.with({ wait: true }).cast.take(`x${number}`)
    }
  })
  const sender = system.spawn(function* sender(self: Process): Routine {
    yield* sink.with({ wait: true }).cast.take("1")
    const pending = sink.request.take("2")
    self.signalExit(sink, ExitReason.custom("3"))
    yield* sink.with({ wait: true }).send("4" as never)
    self.signalExit(sink, ExitReason.custom("5"))
    yield* sink.stop(ExitReason.normal)
    check("the request was answered", (yield* pending) === "2")
  })
  yield* sender.join()
  check("what one sends comes in its order", log.filter((one) => !one.startsWith("x")).join() === "1,2,3,4,5")
  other.exit(ExitReason.kill)
}

class TrappingSink extends Sink {
  #signals!: string[]

  override init(log: string[]): void {
    super.init(log)
    this.#signals = log
  }

  exit(_from: Ref<unknown> | undefined, reason: ExitReason): void {
    if (reason.kind === "custom") this.#signals.push(String(reason.value))
  }
}

/** A monitor of a group is ended while news of it wait for room behind other things of the same sender. */
function* flushedNews(world: World): Routine {
  const { check, system } = world
  const groups = new Groups<string>({ system })
  const watcher = system.spawn(
    function* watcher(self: Process<unknown>): Routine {
      const monitor = groups.monitor("bees")
      yield* self.receive((message) => message === "go")
      monitor.demonitor()
      let left = false
      for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) left ||= message instanceof GroupChange
      check("an ended monitor tells nothing", !left)
    },
    { mailbox: { capacity: 2 } },
  )
  const member = system.spawn(function* member(self: Process): Routine {
    const patient = watcher.with({ wait: true })
    yield* group(function* (senders) {
      for (const number of [1, 2, 3]) senders.spawn(() => patient.send(number))
      yield* schedule()
      groups.join("bees", self)
      yield* schedule()
      watcher.send("go")
    })
  })
  yield* schedule()
  while (member.alive) {
    watcher.send("go")
    yield* schedule()
  }
  yield* watcher.with({ wait: true }).send("end")
  yield* watcher.join()
}

/** A system where nobody makes room: a cast into one's own full mailbox, and a circle of two who wait for room. */
function* circleOfRoom(world: World): Routine {
  const { check, system } = world
  const outcomes: string[] = []
  const flowers: Ref<Process<string>>[] = []
  for (const name of ["a", "b"]) {
    flowers.push(
      system.spawn(
        function* flower(self: Process<string>): Routine {
          yield* self.receive((message) => message === "go")
          const other = flowers[name === "a" ? 1 : 0] as Ref<Process<string>>
          try {
            for (let number = 0; number < 2; number++) yield* other.with({ wait: true }).send(`${name}${number}`)
            outcomes.push("sent")
          } catch (error) {
            if (!(error instanceof CallError)) throw error
            outcomes.push(error.code)
          }
        },
        { mailbox: { capacity: 2 } },
      ),
    )
  }
  for (const flower of flowers) flower.send("full")
  for (const flower of flowers) flower.send("go")
  for (const flower of flowers) yield* flower.join()
  check("nobody waits for ever", outcomes.length === 2)
  check("one at most is told of the circle", outcomes.filter((one) => one === "call_cycle").length <= 1)
}

export const mailboxScenarios: readonly NamedScenario[] = [
  ...(["suspend", "fail", "dropNewest", "dropOldest"] as const).flatMap((overflow): NamedScenario[] => [
    { name: `casts into a small mailbox are handled or dead letters (${overflow})`, scenario: casts(overflow) },
    { name: `casts to one that is killed somewhere are handled or dead letters (${overflow})`, scenario: casts(overflow, ExitReason.kill) },
    { name: `calls into a small mailbox have one outcome each (${overflow})`, scenario: calls(overflow) },
  ]),
  { name: "who waits for room is let in in order, also if one of them is killed", scenario: waitsForRoom },
  { name: "calls that wait for room end with their callee", scenario: callsThatWaitForRoom },
  { name: "casts, calls, messages, exits and a stop of one sender keep their order", scenario: orderPerPair },
  { name: "a monitor of a group that was ended tells nothing, though news were waiting for room", scenario: flushedNews },
  { name: "two who wait for room of each other do not wait for ever", scenario: circleOfRoom },
]
