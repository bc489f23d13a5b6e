/** Scenarios of trees: supervisors that are killed, that cannot start or that stop by themselves, and applications. */
import { Actor, ExitReason, type Process, type Ref, StartError } from "@vivarium/actors"
import { Event, type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { ApplicationError, application, child, dynamicSupervisor, type DynamicSupervisorRef, ExitCode, partitionSupervisor, supervisor, SupervisorError } from "@vivarium/supervision"
import type { Scenario, World } from "../src/scenario.ts"
import { ended } from "./killer.ts"
import { oneOfEach } from "./scenarios-supervision.ts"

/** A supervisor is killed, while its child takes its time to start and to end. */
function* killedHive(world: World): Routine {
  const { check, fault, system } = world
  class Bee extends Actor {
    *init(): Routine {
      yield* schedule()
    }
    info(): void {
      throw new Error("stung")
    }
    *terminate(): Routine {
      yield* schedule()
      yield* schedule()
    }
  }
  const hive = supervisor({ id: "hive", maxRestarts: Infinity, children: [child(Bee, { id: "bee" })] })
  oneOfEach(world, ["hive", "bee"])
  const top = yield* system.start(supervisor({ maxRestarts: Infinity, children: [hive] }))
  for (let turn = 0; turn < 5; turn++) {
    if (fault("the bee fails")) system.processes.find(({ label }) => label === "bee")?.send("fail")
    if (fault("the hive is killed")) system.processes.find(({ label }) => label === "hive")?.exit(ExitReason.kill)
    yield* schedule()
  }
  yield* sleep(1)
  const bees = system.processes.filter(({ label }) => label === "bee")
  check("all run", top.countChildren().active === 1 && bees.length === 1)
}

/** A supervisor is killed, or not, while its child waits out a delay: nothing of that is left. */
function* delayedHive({ check, fault, system }: World): Routine {
  class Bee extends Actor {
    init(): void {}
    info(): void {
      throw new Error("stung")
    }
  }
  const hive = supervisor({ id: "hive", children: [child(Bee, { id: "bee", backoff: { minMs: 10 } })] })
  const top = yield* system.start(supervisor({ children: [hive] }))
  system.processes.find(({ label }) => label === "bee")?.send("fail")
  yield* sleep(4)
  if (fault("the hive is killed")) system.processes.find(({ label }) => label === "hive")?.exit(ExitReason.kill)
  yield* sleep(1)
  check("there is a hive", top.countChildren().active === 1)
  yield* top.stop(ExitReason.shutdown)
}

/** The last child may fail to start: then the others end in reverse order, before that is told. */
function* falseStart({ check, fault, system }: World): Routine {
  const log: string[] = []
  class Bee extends Actor {
    #id = ""
    init(id: string): void {
      if (id === "guard" && fault("its init fails")) throw new Error("cold")
      this.#id = id
      log.push(`+${id}`)
    }
    *terminate(): Routine {
      yield* schedule()
      log.push(`-${this.#id}`)
    }
  }
  const ids = ["queen", "nurse", "guard"]
  try {
    const top = yield* system.start(supervisor({ children: ids.map((id) => child(Bee, { id, args: [id] })) }))
    yield* top.stop(ExitReason.shutdown)
    check("stopped in reverse order", log.join() === "+queen,+nurse,+guard,-guard,-nurse,-queen")
  } catch (error) {
    check("it has failed to start", error instanceof StartError)
    check("what was started is stopped in reverse order", log.join() === "+queen,+nurse,-nurse,-queen")
  }
}

/** There is room for two guests; a start that fails takes no room. */
function* inn({ check, fault, system }: World): Routine {
  class Guest extends Actor {
    init(): void {
      if (fault("its init fails")) throw new Error("cold")
    }
  }
  const rooms = yield* system.start(dynamicSupervisor({ maxChildren: 2 }))
  let inside = 0
  const guests = [1, 2].map(() =>
    tasklet(function* () {
      try {
        yield* rooms.startChild(child(Guest, { restart: "temporary" }))
        inside++
      } catch (error) {
        if (!(error instanceof StartError)) throw error
      }
    }),
  )
  yield* ended(guests)
  check("who has come is there", rooms.countChildren().specs === inside)
  while (inside < 2) {
    try {
      yield* rooms.startChild(child(Guest))
      inside++
    } catch (error) {
      if (error instanceof SupervisorError) check("there is room for two", false)
    }
  }
}

/** Guests come and go; whoever is there is known. */
function* comings({ check, system }: World): Routine {
  function* guest(_self: Process): Routine {
    for (let turn = 0; turn < 3; turn++) yield* schedule()
  }
  function* resident(self: Process): Routine {
    yield* self.receive()
  }
  const rooms = yield* system.start(dynamicSupervisor())
  yield* rooms.startChild(child(guest, { restart: "temporary" }))
  yield* rooms.startChild(child(resident))
  yield* sleep(1)
  check("who stays is listed", rooms.whichChildren().length === 1)
}

/** A guest is told to go, and takes its time; meanwhile the house may be closed down by force, and opened again. */
function* slowGuest({ check, fault, system }: World): Routine {
  const dawn = new Event()
  class Guest extends Actor {
    init(): void {}
    *terminate(): Routine {
      yield* dawn.wait()
    }
  }
  const houses = (): number => system.processes.filter(({ label }) => label === "house").length
  let opened = 0
  system.events.on("started", ({ label }) => {
    if (label === "house") opened++
  })
  const top = yield* system.start(supervisor({ children: [dynamicSupervisor({ id: "house" })] }))
  const house = top.whichChildren()[0]?.ref as DynamicSupervisorRef
  yield* house.startChild(child(Guest, { id: "guest", shutdownMs: "infinity" }))
  const guest = system.processes.find(({ label }) => label === "guest") as Ref<unknown>
  check("one house is opened when all guests of the last one have gone", () => opened < 2 || !guest.alive)
  const porter = tasklet(function* () {
    try {
      yield* house.terminateChild(guest)
    } catch {
      // The house was closed meanwhile.
    }
  })
  yield* schedule()
  yield* schedule()
  if (fault("the house is closed by force")) house.exit(ExitReason.kill)
  yield* sleep(5)
  check("no house, or the first one", opened === 1 || houses() === 0)
  dawn.set()
  yield* ended([porter])
  yield* sleep(5)
  check("there is a house", houses() === 1)
}

/** Two significant children: when the last of them ends by itself, so does their supervisor. */
function* significant({ check, system }: World): Routine {
  function* bee(self: Process): Routine {
    yield* self.receive()
  }
  const options = { restart: "transient", significant: true } as const
  const children = [child(bee, { ...options, id: "queen" }), child(bee, { ...options, id: "nurse" })]
  const top = yield* system.start(supervisor({ autoShutdown: "all_significant", children }))
  const nurse = system.processes.find(({ label }) => label === "nurse")
  const keeper = tasklet(function* () {
    for (let turn = 0; turn < 3; turn++) yield* schedule()
    yield* top.terminateChild("queen")
  })
  let isLast = false
  const wind = tasklet(function* () {
    yield* schedule()
    isLast = !keeper.alive
    nurse?.send("go")
  })
  yield* ended([keeper, wind])
  yield* sleep(1)
  check("it has ended, if the nurse was the last", !isLast || !top.alive)
}

/** The number of partitions changes while keys are looked up: somebody serves each. */
function* combs({ check, system }: World): Routine {
  class Comb extends Actor {
    init(): void {}
    *terminate(): Routine {
      yield* schedule()
    }
  }
  const top = yield* system.start(partitionSupervisor({ partitions: 3, child: child(Comb) }))
  const keeper = tasklet(function* () {
    yield* top.resize(1)
    yield* top.resize(3)
  })
  const bee = tasklet(function* () {
    for (let key = 0; key < 6; key++) {
      check("somebody serves the key", top.partition(key) !== undefined)
      yield* schedule()
    }
  })
  yield* ended([keeper, bee])
}

/** An application is stopped while it starts, or just before or after: what it has opened it closes. */
function* shortMeadow({ check, fault, scheduler }: World): Routine {
  let open = 0
  class Bee extends Actor {
    *init(): Routine {
      yield* schedule()
    }
  }
  const nothing = (): void => {}
  const host = { env: {}, on: nothing, off: nothing, print: nothing, hold: () => nothing, setExitCode: nothing, exitSoon: nothing }
  const meadow = application({
    name: "meadow",
    host,
    system: { scheduler, log: false, messageBudget: 1 },
    start: () => void open++,
    top: supervisor({ children: [child(Bee)] }),
    stop: () => void open--,
  })
  const starter = tasklet(function* () {
    try {
      yield* meadow.start()
    } catch (error) {
      check("it was stopped before", error instanceof ApplicationError)
    }
  })
  const stopper = tasklet(function* () {
    for (let turn = 0; turn < 12 && !fault("stopped early"); turn++) yield* schedule()
    yield* meadow.stop()
  })
  yield* ended([starter, stopper])
  check("what was opened is closed", open === 0)
  check("it has stopped in order", meadow.outcome?.code === ExitCode.orderly)
}

export const treeScenarios: Readonly<Record<string, Scenario>> = { killedHive, delayedHive, falseStart, inn, comings, slowGuest, significant, combs, shortMeadow }
