/** Names, registries, locks and groups: who holds what, while holders come and go. */
import { Actor, CallError, Down, ExitReason, GroupChange, Groups, NameTakenError, NoProcessError, type Process, type Ref, Registry, RegistryChange, RegistryError, StartError } from "@vivarium/actors"
import { group, type Routine, schedule, sleep, type Tasklet, tasklet } from "@vivarium/core"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { onceAnywhere } from "./once-anywhere.ts"

/** Lives until it is told. */
class Hive extends Actor {
  *init(): Routine {
    yield* schedule()
  }

  *terminate(): Routine {
    yield* schedule()
  }
}

/** Several want one name: one has it, and it is free again when that one has ended. */
function* raceForAName(world: World): Routine {
  const { check, system } = world
  const started: Ref<Hive>[] = []
  let refused = 0
  onceAnywhere(world, "the holder is killed", () => system.whereis("hive")?.exit(ExitReason.kill))
  onceAnywhere(world, "the holder is shut down", () => system.whereis("hive")?.exit(ExitReason.shutdown))
  yield* group(function* (starters) {
    for (let starter = 0; starter < 3; starter++) {
      starters.spawn(function* (): Routine {
        try {
          const hive = yield* system.start(Hive, { name: "hive" })
          started.push(hive)
          const holder = system.whereis("hive")
          check("who has ended holds no name", !hive.alive || holder === hive)
        } catch (error) {
          if (!(error instanceof StartError)) throw error
          check("it tells who holds the name, or why it was ended", error.code === "already_started" ? error.ref !== undefined : error.code === "exit")
          refused++
        }
      })
    }
  })
  check("each was started or refused", started.length + refused === 3 && refused <= 3)
  check("one lives at most", started.filter(({ alive }) => alive).length <= 1)
  const again = system.whereis("hive")
  again?.exit(ExitReason.shutdown)
  if (again !== undefined) yield* again.join()
}

/** The end of a holder, and who waits for the name to be free. */
function* nameIsFreeFirst(world: World): Routine {
  const { check, system } = world
  const first = yield* system.start(Hive, { name: "hive" })
  onceAnywhere(world, "the holder is killed", () => first.exit(ExitReason.kill))
  const heir = (how: string) =>
    function* (self: Process): Routine {
      if (how === "link") {
        self.trapExit = true
        try {
          self.link(first)
        } catch (error) {
          if (!(error instanceof NoProcessError)) throw error
        }
      } else self.monitor(first)
      yield* self.receive()
      check("it has ended", !first.alive)
      try {
        self.register("hive")
        yield* schedule()
        self.unregister("hive")
      } catch (error) {
        if (!(error instanceof NameTakenError)) throw error
        check("only another heir can be before", error.ref !== first)
      }
    }
  const heirs = ["monitor", "link"].map((how) => system.spawn(heir(how)))
  yield* schedule()
  first.exit(ExitReason.shutdown)
  yield* first.join()
  for (const one of heirs) yield* one.join()
  check("the name is free at the end", system.whereis("hive") === undefined)
}

/** A registry of unique keys, its holders and who listens. */
function* uniqueKeys(world: World): Routine {
  const { check, system } = world
  const rooms = new Registry<string, number>({ keys: "unique", system })
  const changes: string[] = []
  rooms.listen(({ key, kind, value }) => void changes.push(`${kind} ${key} ${value}`))
  const told: string[] = []
  const listener = system.spawn(function* listener(self: Process<unknown>): Routine {
    rooms.listen(self.self)
    for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) {
      if (message instanceof RegistryChange) told.push(`${message.kind} ${String(message.key)} ${String(message.value)}`)
    }
  })
  yield* schedule()
  const won: number[] = []
  const bees: Ref<Process>[] = []
  for (let number = 0; number < 3; number++) {
    bees.push(
      system.spawn(function* bee(self: Process): Routine {
        try {
          rooms.register("red", number)
          won.push(number)
        } catch (error) {
          if (!(error instanceof NameTakenError)) throw error
          check("the holder is told", error.ref !== self.self)
          return
        }
        yield* schedule()
        check("it is found there", rooms.whereis("red") === self.self)
        if (number === 1) rooms.unregister("red")
        yield* schedule()
      }),
    )
  }
  let killed: Ref<unknown> | undefined
  onceAnywhere(world, "a bee is killed", () => {
    killed = bees[0]
    bees[0]?.exit(ExitReason.kill)
    check("a key is free as soon as its holder is killed", rooms.whereis("red") !== bees[0] || killed === undefined)
  })
  for (const bee of bees) yield* bee.join()
  check("nobody is left", rooms.count() === 0)
  check("each that came has gone, before the next one came", changes.join() === won.flatMap((number) => [`register red ${number}`, `unregister red ${number}`]).join())
  listener.send("end")
  yield* listener.join()
  check("a process that listens is told the same, from when it began", changes.join().endsWith(told.join()))
}

/** Subscribers come and go while somebody publishes. */
function* duplicateKeys(world: World): Routine {
  const { check, system } = world
  const topics = new Registry<string, string>({ keys: "duplicate", system })
  const heard = new Map<string, string[]>()
  const expected = new Map<string, string[]>()
  const bees = ["a", "b"].map((name) =>
    system.spawn(function* bee(self: Process<string>): Routine {
      heard.set(name, [])
      expected.set(name, [])
      topics.register("news", name)
      topics.register("news", name)
      yield* schedule()
      if (name === "a") topics.unregister("news")
      for (;;) heard.get(name)?.push(yield* self.receive())
    }),
  )
  onceAnywhere(world, "a bee is killed", () => bees[1]?.exit(ExitReason.kill))
  for (const news of ["one", "two"]) {
    topics.dispatch("news", (entries) => {
      for (const { ref, value } of entries) if (ref.send(news as never)) expected.get(value)?.push(news)
    })
    yield* schedule()
  }
  yield* sleep(1)
  for (const bee of bees) bee.exit(ExitReason.shutdown)
  for (const bee of bees) yield* bee.join()
  check("who lived to hear it has heard what was sent, in order", expected.get("a")?.join() === heard.get("a")?.join() && (expected.get("b") ?? []).join().startsWith((heard.get("b") ?? []).join()))
  check("nobody is left", topics.count() === 0)
}

/** A lock that is wanted by processes which end, and by plain tasklets. */
function* locks(world: World): Routine {
  const { check, system } = world
  const registry = new Registry<string>({ keys: "unique", system })
  let inside = 0
  let entered = 0
  function* body(): Routine {
    inside++
    entered++
    check("one at a time", inside === 1)
    try {
      yield* schedule()
      yield* schedule()
    } finally {
      inside--
    }
  }
  const bees = [0, 1].map(() =>
    system.spawn(function* bee(): Routine {
      yield* registry.lock("rose", body)
    }),
  )
  const nested = system.spawn(function* nested(): Routine {
    yield* group(function* (members) {
      for (let member = 0; member < 2; member++) members.spawn(() => registry.lock("rose", body))
    })
  })
  onceAnywhere(world, "the first is killed", () => bees[0]?.exit(ExitReason.kill))
  onceAnywhere(world, "the one with two is killed", () => nested.exit(ExitReason.kill))
  const plain = tasklet({ name: "plain" }, () => registry.lock("rose", body))
  onceAnywhere(world, "the plain one is killed", () => plain.kill())
  yield* registry.lock("rose", body)
  for (const one of [...bees, nested]) yield* one.join()
  yield* registry.lock("rose", body)
  check("those who lived have had it", entered >= 3 && entered <= 7)
}

/** A lock whose holder is killed, and never lets go. */
function* stubbornHolder({ check, system }: World): Routine {
  const registry = new Registry<string>({ keys: "unique", system })
  const stubborn = system.spawn(function* stubborn(): Routine {
    yield* registry.lock("rose", function* (): Routine {
      for (;;) {
        try {
          yield* sleep(1000)
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- this is what never lets go
          continue
        }
      }
    })
  })
  const heir = system.spawn(function* heir(): Routine {
    yield* registry.lock("rose", () => check("its holder has ended", !stubborn.alive || system.processes[0] === stubborn))
  })
  yield* schedule()
  stubborn.exit(ExitReason.kill)
  yield* heir.join()
  yield* registry.lock("rose", () => schedule())
}

/** Two locks in the other order, and a call in between: the circle is found. */
function* lockCycles({ check, system }: World): Routine {
  const registry = new Registry<string>({ keys: "unique", system })
  const outcomes: string[] = []
  const bees = ["ab", "ba"].map((order) =>
    system.spawn(function* bee(): Routine {
      const [first = "", second = ""] = order
      try {
        yield* registry.lock(first, function* () {
          yield* schedule()
          yield* registry.lock(second, () => schedule())
        })
        outcomes.push("both")
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error
        outcomes.push(error.code)
      }
    }),
  )
  for (const bee of bees) yield* bee.join()
  check("nobody waits for ever, and one is told at most", outcomes.length === 2 && outcomes.filter((one) => one === "lock_cycle").length <= 1)
}

/** Holds a lock while it asks another, who wants the same lock. */
class Clerk extends Actor {
  *sign(registry: Registry<string>, other: () => Ref<Clerk> | null): Routine<string> {
    return yield* registry.lock("seal", function* () {
      yield* schedule()
      const partner = other()
      if (partner === null) return "signed"
      try {
        return yield* partner.with({ timeoutMs: Infinity }).call.sign(registry, () => null)
      } catch (error) {
        if (error instanceof CallError) return error.code
        throw error
      }
    })
  }
}

function* lockAndCall({ check, system }: World): Routine {
  const registry = new Registry<string>({ keys: "unique", system })
  const a = system.spawn(Clerk)
  const b = system.spawn(Clerk)
  const first = a.with({ timeoutMs: Infinity }).request.sign(registry, () => b)
  const second = b.with({ timeoutMs: Infinity }).request.sign(registry, () => null)
  const outcomes: string[] = []
  for (const one of [first, second]) {
    try {
      outcomes.push(yield* one)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      outcomes.push(error.code)
    }
  }
  check("both have an outcome", outcomes.every((one) => /^(signed|exit|call_cycle|noproc)$/.test(one)))
}

/** Members come and go, and two monitors tell of it. */
function* groups(world: World): Routine {
  const { check, system } = world
  const hives = new Groups<string>({ system })
  const bees: Ref<Process>[] = []
  const watchers = [false, true].map((all) =>
    system.spawn(function* watcher(self: Process<unknown>): Routine {
      const members = all ? [...(hives.monitorAll().members.get("linden") ?? [])] : [...hives.monitor("linden").members]
      for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) {
        check("nothing else comes", message instanceof GroupChange || message instanceof Down)
        if (!(message instanceof GroupChange)) continue
        for (const ref of message.members as readonly Ref<Process>[]) {
          if (message.kind === "join") members.push(ref)
          else {
            check("who leaves was there", members.includes(ref))
            members.splice(members.indexOf(ref), 1)
          }
        }
        for (const ref of bees) self.monitor(ref)
      }
      check("what it was told comes to who is there", members.length === hives.members("linden").length)
    }),
  )
  for (let number = 0; number < 2; number++) {
    bees.push(
      system.spawn(function* bee(self: Process): Routine {
        hives.join("linden", self)
        yield* schedule()
        hives.join("linden", self)
        hives.leave("linden", self)
        yield* schedule()
      }),
    )
  }
  onceAnywhere(world, "a bee is killed", () => bees[0]?.exit(ExitReason.kill))
  for (const bee of bees) {
    yield* bee.join()
    check("who has ended has left", !hives.members("linden").includes(bee))
  }
  for (const watcher of watchers) watcher.send("end")
  for (const watcher of watchers) yield* watcher.join()
  check("a group without members is none", hives.groups().length === 0)
}

/** News of a group that a receive has, but does not take, when their monitor is ended. */
function* newsOnTheirWay(world: World): Routine {
  const { check, system } = world
  const hives = new Groups<string>({ system })
  const watcher = system.spawn(function* watcher(self: Process<unknown>): Routine {
    const monitor = hives.monitor("linden")
    let receiver: Tasklet | undefined
    onceAnywhere(world, "the receive is killed", () => receiver?.kill())
    yield* group(function* (members) {
      receiver = members.spawn(function* (): Routine {
        yield* self.receive(GroupChange)
      })
      yield* schedule()
      yield* schedule()
      monitor.demonitor()
      yield* schedule()
      receiver.kill()
    })
    self.sendAfter(1, "end")
    check("nothing comes of it", (yield* self.receive()) === "end")
  })
  const bee = system.spawn(function* bee(self: Process): Routine {
    yield* schedule()
    hives.join("linden", self)
  })
  yield* bee.join()
  yield* watcher.join()
}

export const nameScenarios: readonly NamedScenario[] = [
  { name: "of several who want one name exactly one has it", scenario: raceForAName },
  { name: "a name is free before anybody is told of the end of its holder", scenario: nameIsFreeFirst },
  { name: "a unique key has one holder, and listeners see all in order", scenario: uniqueKeys },
  { name: "what is published reaches those who stand under the key", scenario: duplicateKeys },
  { name: "a lock has one holder, and is free when that one has ended", scenario: locks },
  { name: "a lock is free when its holder is killed, though it never lets go", scenario: stubbornHolder },
  { name: "two who take two locks the other way round find the circle", scenario: lockCycles },
  { name: "a lock and a call in a circle are found", scenario: lockAndCall },
  { name: "monitors of groups tell who is there", scenario: groups },
  { name: "news of a group do not come back when their monitor is ended while a receive has them", scenario: newsOnTheirWay },
]
