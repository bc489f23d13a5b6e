/** Exit signals, links, monitors and aliases: who is told of which end, how often, and when. */
import { Actor, after, type Alias, Down, Exit, ExitReason, type Monitor, NoProcessError, on, type Process, type Ref } from "@vivarium/actors"
import { group, type Routine, schedule, sleep, type Tasklet } from "@vivarium/core"
import type { Scenario, World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { onceAnywhere } from "./once-anywhere.ts"

const anything = (_message: unknown): boolean => true

/** Everything that is in the mailbox, or comes soon. */
function* drain(self: Process<never>): Routine<unknown[]> {
  const got: unknown[] = []
  for (;;) {
    const one = yield* self.receive(
      on(anything, (message) => ({ message })),
      after(10, () => null),
    )
    if (one === null) return got
    got.push(one.message)
  }
}

/** Two monitors of one process, which sends until it ends. */
function* downsOfOne(world: World): Routine {
  const { check, system } = world
  const sent: unknown[] = []
  const watcher = system.spawn(function* watcher(self: Process): Routine {
    const target = self.spawn(
      function* target(): Routine {
        for (let number = 0; number < 3; number++) {
          sent.push(number)
          self.self.send(number)
          yield* schedule()
        }
      },
      { name: "target" },
    )
    const byRef = self.monitor(target)
    const monitors = [byRef, self.monitor("target")]
    onceAnywhere(world, "the target is killed", () => target.exit(ExitReason.kill))
    const before: unknown[] = []
    for (;;) {
      const message = yield* self.receive()
      if (message instanceof Down) {
        check("what it has sent comes before its Down", before.join() === sent.join())
        check("its name is free before the Down", system.whereis("target") === undefined)
        check("each Down tells by which monitor it comes", message.from === (message.monitor === byRef ? target : "target") || message.reason.kind === "noproc")
        monitors.splice(monitors.indexOf(message.monitor), 1)
        if (monitors.length === 0) break
      } else before.push(message)
    }
    check("there are no more", (yield* drain(self as Process<never>)).length === 0)
  })
  yield* watcher.join()
}

/** A monitor is ended while its target ends. */
function demonitors(flush: boolean): Scenario {
  return function* (world: World): Routine {
    const { check, system } = world
    const target = system.spawn(function* target(): Routine {
      yield* schedule()
    })
    onceAnywhere(world, "the target is killed", () => target.exit(ExitReason.kill))
    const watcher = system.spawn(
      function* watcher(self: Process): Routine {
        const kept = self.monitor(target)
        const ended = self.monitor(target, { message: (down) => ({ down }) })
        yield* schedule()
        const wasActive = self.demonitor(ended, { flush, info: true })
        check("it is over", !ended.active && !self.demonitor(ended, { info: true }))
        yield* target.join()
        const got = (yield* drain(self as Process<never>)).filter((one) => one !== "noise")
        const downs = got.filter((one) => one instanceof Down)
        check("the other one tells once", downs.length === 1 && (downs[0] as Down).monitor === kept)
        const rest = got.length - downs.length
        check("one that was ended while it was active tells nothing; else it has told before, or was flushed", rest === (wasActive || flush ? 0 : 1))
      },
      { mailbox: { capacity: 1 } },
    )
    const noisy = system.spawn(function* noisy(): Routine {
      yield* watcher.with({ wait: true }).send("noise")
    })
    yield* watcher.join()
    noisy.exit(ExitReason.kill)
  }
}

/** A link is taken away, and made again, while the other side ends. */
function* unlinks(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const other = system.spawn(function* other(): Routine {
    yield* sleep(5)
  })
  system.events.on("ended", ({ ref }) => void (ref === other && log.push("ended")))
  onceAnywhere(world, "the other ends", () => other.exit(ExitReason.custom("gone")))
  const one = system.spawn(
    function* one(self: Process): Routine {
      self.link(other)
      self.link(other)
      log.push("linked")
      yield* schedule()
      self.unlink(other)
      log.push("unlinked")
      yield* schedule()
      log.push("linked again")
      self.link(other)
      yield* schedule()
      yield* schedule()
      self.unlink(other)
      log.push("unlinked again")
      yield* sleep(10)
      const exits = (yield* drain(self as Process<never>)).map((message) => (message as Exit).reason.kind)
      const at = log.indexOf("ended")
      const expected = at < log.indexOf("linked") ? "noproc,noproc,noproc" : at < log.indexOf("unlinked") ? "custom,noproc" : at < log.indexOf("linked again") ? "noproc" : at < log.indexOf("unlinked again") ? "custom" : ""
      check("each link that stood when the other ended tells of it, once", exits.join() === expected)
    },
    { trapExit: true },
  )
  yield* one.join()
}

/** A line of links, one of which traps exits. */
function line(reason: ExitReason, seen: string): Scenario {
  return function* (world: World): Routine {
    const { check, system } = world
    const reasons: string[] = []
    const trapped: string[] = []
    const refs: Ref<unknown>[] = []
    for (let number = 0; number < 4; number++) {
      const ref = system.spawn(
        function* link(self: Process): Routine {
          if (number > 0) self.link(refs[number - 1] as Ref<unknown>)
          for (;;) {
            const message = yield* self.receive()
            if (message instanceof Exit) trapped.push(message.reason.kind)
          }
        },
        { trapExit: number === 3 },
      )
      refs.push(ref)
      system.events.on("ended", (report) => void (report.ref === ref && reasons.push(`${number} ${report.reason.kind}`)))
    }
    yield* sleep(1)
    onceAnywhere(world, "the first is struck", () => refs[0]?.exit(reason))
    onceAnywhere(world, "the second is shut down", () => refs[1]?.exit(ExitReason.shutdown))
    yield* sleep(1)
    refs[0]?.exit(reason)
    yield* (refs[2] as Ref<unknown>).join()
    yield* sleep(1)
    check("all that do not trap have ended, once", [0, 1, 2].every((number) => reasons.filter((one) => one.startsWith(String(number))).length === 1))
    check("the last one is told once, by what ended the one before", trapped.length === 1 && reasons.includes(`2 ${trapped[0] as string}`))
    check("it lives", refs[3]?.alive === true)
    check("they end with what was sent, as it is seen through links", reasons.every((one) => one.endsWith(seen) || one.endsWith("shutdown")))
    refs[3]?.exit(ExitReason.kill)
  }
}

/** Cleans up in its own time. */
class Tidy extends Actor {
  #log!: string[]

  init(log: string[]): void {
    this.#log = log
  }

  *work(): Routine {
    try {
      yield* sleep(1)
    } finally {
      this.#log.push("finally")
      yield* schedule()
      this.#log.push("finally done")
    }
  }

  *terminate(reason: ExitReason): Routine {
    this.#log.push(`terminate ${reason.kind}`)
    yield* schedule()
    this.#log.push("terminate done")
  }
}

/** Two signals race for one process; then it may be killed while it cleans up. */
function* firstReasonWins(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const tidy = system.spawn(Tidy, { args: [log], name: "tidy" })
  tidy.cast.work()
  const sent: string[] = []
  const strike = (reason: ExitReason, kind: string): void => {
    if (tidy.alive) sent.push(kind)
    tidy.exit(reason)
  }
  let isKilled = false
  onceAnywhere(world, "it is killed", () => {
    isKilled = system.whereis("tidy") !== undefined
    strike(ExitReason.kill, "killed")
  })
  const reasons: ExitReason[] = []
  const watcher = system.spawn(function* watcher(self: Process): Routine {
    self.monitor(tidy)
    reasons.push((yield* self.receive(Down)).reason)
    check("its name is free", system.whereis("tidy") === undefined)
  })
  yield* group(function* (strikers) {
    strikers.spawn(function* (): Routine {
      yield* schedule()
      strike(ExitReason.shutdown, "shutdown")
    })
    strikers.spawn(function* (): Routine {
      yield* schedule()
      strike(ExitReason.custom("x"), "custom")
    })
  })
  const reason = yield* tidy.join()
  yield* watcher.join()
  check("the first reason counts, unless a kill cuts the end short", reason.kind === (isKilled ? "killed" : sent[0]))
  check("the monitor tells the same, or it was too late", reasons.length === 1 && (reasons[0] === reason || reasons[0]?.kind === "noproc"))
  const begun = log.filter((one) => one.startsWith("terminate ") && one !== "terminate done")
  check("terminate runs once, to its end", isKilled ? begun.length <= 1 : begun.length <= 1 && begun.length === log.filter((one) => one === "terminate done").length)
  check("finally comes before terminate, to its end", isKilled || log.filter((one) => one === "finally").length === log.filter((one) => one === "finally done").length)
}

/** An answer by an alias or its time-out, and never both; the same with the end of who is asked. */
function* aliases(world: World): Routine {
  const { check, system } = world
  const delivered: boolean[] = []
  const oracle = system.spawn(function* oracle(self: Process<Alias | Monitor>): Routine {
    for (;;) {
      const asker = yield* self.receive()
      yield* sleep(1)
      delivered.push(asker.send("sunny"))
      delivered.push(asker.send("sunny again"))
    }
  })
  onceAnywhere(world, "the oracle is killed", () => oracle.exit(ExitReason.kill))
  const asker = system.spawn(function* asker(self: Process): Routine {
    const alias = self.alias({ once: true })
    oracle.send(alias)
    const first = yield* self.receive(
      on((message: unknown) => message === "sunny", () => true),
      after(1, () => false),
    )
    const wasActive = alias.unalias()
    check("an alias that was used is off", !(first && wasActive))
    const monitor = self.monitor(oracle, { alias: "reply_demonitor" })
    oracle.send(monitor)
    const second = yield* self.receive()
    const left = yield* drain(self as Process<never>)
    check("an answer or a Down, and not both", (second === "sunny" || second instanceof Down) && left.length === (first || wasActive ? 0 : 1))
  })
  yield* asker.join()
  oracle.exit(ExitReason.kill)
  yield* oracle.join()
  check("an alias that is off delivers nothing", delivered.filter((_, index) => index % 2 === 1).every((isDelivered) => !isDelivered))
}

/** Children that end at once, linked and monitored from their birth. */
function* bornAndGone(world: World): Routine {
  const { check, system } = world
  const parent = system.spawn(
    function* parent(self: Process): Routine {
      const linked = self.spawnLink(function* linked(): Routine {
        throw new Error("at once")
      })
      const { monitor, ref } = self.spawnMonitor(function* monitored(): Routine {
        yield* schedule()
      })
      onceAnywhere(world, "the monitored is killed", () => ref.exit(ExitReason.kill))
      onceAnywhere(world, "the linked is killed", () => linked.exit(ExitReason.kill))
      yield* ref.join()
      yield* linked.join()
      const got = yield* drain(self as Process<never>)
      const exits = got.filter((one) => one instanceof Exit)
      const downs = got.filter((one) => one instanceof Down)
      check("one Exit, with the reason of the linked", exits.length === 1 && exits[0]?.from === linked && /^(error|killed)$/.test(exits[0].reason.kind))
      check("one Down, with the reason of the monitored", downs.length === 1 && downs[0]?.monitor === monitor && /^(normal|killed)$/.test(downs[0].reason.kind))
    },
    { trapExit: true },
  )
  yield* parent.join()
}

/** A Down that is awaited by its monitor, while somebody ends the wait: it is told once, wherever. */
function* awaitedDowns(world: World): Routine {
  const { check, system } = world
  const target = system.spawn(function* target(): Routine {
    yield* schedule()
  })
  const watcher = system.spawn(function* watcher(self: Process): Routine {
    const monitor = self.monitor(target)
    let told = 0
    let waiter: Tasklet | undefined
    onceAnywhere(world, "the wait is killed", () => waiter?.kill())
    yield* group(function* (members) {
      waiter = members.spawn(function* (): Routine {
        yield* monitor.join()
        told++
      })
    })
    yield* target.join()
    told += (yield* drain(self as Process<never>)).length
    check("its end is told once", told === 1)
  })
  yield* watcher.join()
}

/** A Down that a receive has, but does not take, is flushed all the same. */
function* flushedOnItsWay(world: World): Routine {
  const { check, system } = world
  const target = system.spawn(function* target(): Routine {
    yield* schedule()
  })
  const watcher = system.spawn(function* watcher(self: Process): Routine {
    const monitor = self.monitor(target)
    let receiver: Tasklet | undefined
    onceAnywhere(world, "the receive is killed", () => receiver?.kill())
    yield* group(function* (members) {
      receiver = members.spawn(function* (): Routine {
        yield* self.receive(Down)
      })
      yield* schedule()
      yield* schedule()
      self.demonitor(monitor, { flush: true })
      yield* schedule()
      receiver.kill()
    })
    yield* target.join()
    check("nothing comes of it", (yield* drain(self as Process<never>)).length === 0)
  })
  yield* watcher.join()
}

/** Links to one that is about to end, or has. */
function* linksToTheDying(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const tidy = system.spawn(Tidy, { args: [log] })
  tidy.cast.work()
  const end = system.spawn(function* end(): Routine {
    yield* schedule()
    tidy.exit(ExitReason.custom("gone"))
  })
  const outcomes: string[] = []
  const friends = [1, 2].map((number) =>
    system.spawn(function* friend(self: Process): Routine {
      if (number === 2) yield* schedule()
      const wasThere = tidy.alive
      try {
        self.link(tidy)
      } catch (error) {
        if (!(error instanceof NoProcessError)) throw error
        check("only the dead cannot be linked", !wasThere)
        outcomes.push("noproc")
        return
      }
      yield* sleep(10)
      outcomes.push("lives")
    }),
  )
  const reasons: string[] = []
  for (const friend of friends) reasons.push((yield* friend.join()).kind)
  yield* end.join()
  check("who is linked shares its end, who came too late is told", outcomes.every((one) => one === "noproc"))
  check("each has one outcome", reasons.every((reason) => reason === "custom" || reason === "normal") && reasons.filter((reason) => reason === "normal").length === outcomes.length)
}

export const exitScenarios: readonly NamedScenario[] = [
  { name: "each monitor tells once, behind all that was sent before", scenario: downsOfOne },
  { name: "a monitor that is ended while its target ends tells at most once", scenario: demonitors(false) },
  { name: "a monitor that is ended and flushed while its target ends tells nothing", scenario: demonitors(true) },
  { name: "each link that stands when the other side ends tells once", scenario: unlinks },
  { name: "a line of links falls up to who traps exits, by a kill", scenario: line(ExitReason.kill, "killed") },
  { name: "a line of links falls up to who traps exits, by a reason of one's own", scenario: line(ExitReason.custom("x"), "custom") },
  { name: "of two exit signals the first one counts, and a kill cuts the end short", scenario: firstReasonWins },
  { name: "an alias brings an answer, or nothing after its time", scenario: aliases },
  { name: "children that end at once are told of once", scenario: bornAndGone },
  { name: "a Down that is awaited is told once, also if the wait is killed", scenario: awaitedDowns },
  { name: "a Down that is flushed while a receive has it does not come back", scenario: flushedOnItsWay },
  { name: "a link to one that is about to end shares its end", scenario: linksToTheDying },
]
