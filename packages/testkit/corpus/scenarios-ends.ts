/** Scenarios of the ends of processes: who is to know does, once; names and links go with them; what must end does. */
import { Actor, after, Down, type Monitor, on, type Process, type Ref, StartError } from "@vivarium/actors"
import { Event, type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import type { Scenario, World } from "../src/scenario.ts"
import { ended, killSometime } from "./killer.ts"

/** Whoever monitors one that ends is told, once, be it before or after. */
function* watch({ check, system }: World): Routine {
  let downs = 0
  const watchers = ["Maya", "Willy"].map((name) =>
    system.spawn(
      function* (self: Process) {
        self.monitor(queen)
        yield* self.receive(Down)
        downs++
        yield* self.receive(
          on(Down, () => {
            downs++
          }),
          after(5, () => {}),
        )
      },
      { name },
    ),
  )
  const queen: Ref<Process> = system.spawn(function* (_self: Process) {
    yield* schedule()
  })
  for (const watcher of watchers) yield* watcher.join()
  check("each was told once", downs === 2)
}

/** A monitor is ended, with what is unread of it: nothing of it comes later. */
function* enoughOfIt({ check, system }: World): Routine {
  let told = 0
  const queen = system.spawn(function* (_self: Process) {
    for (let turn = 0; turn < 3; turn++) yield* schedule()
  })
  const watcher = system.spawn(function* (self: Process) {
    const monitor = self.monitor(queen)
    yield* schedule()
    self.demonitor(monitor, { flush: true })
    yield* self.receive(
      on(Down, () => {
        told++
      }),
      after(5, () => {}),
    )
  })
  yield* watcher.join()
  check("nothing has come", told === 0)
}

/** Waiting for one Down takes it: none is left among the messages. */
function* lastBreath({ check, system }: World): Routine {
  let left = 0
  const queen = system.spawn(function* (_self: Process) {
    for (let turn = 0; turn < 3; turn++) yield* schedule()
  })
  const watcher = system.spawn(function* (self: Process) {
    const monitor = self.monitor(queen)
    yield* schedule()
    yield* monitor.join()
    yield* self.receive(
      on(Down, () => {
        left++
      }),
      after(5, () => {}),
    )
  })
  yield* watcher.join()
  check("none is left", left === 0)
}

/** A watcher ends before the one that it watches: its monitor goes with it. */
function* deadWatcher(world: World): Routine {
  const { check, system } = world
  const queen = system.spawn(function* (self: Process) {
    yield* self.receive()
  })
  let monitor: Monitor | undefined
  const watcher = system.spawn(function* (self: Process) {
    monitor = self.monitor(queen)
    yield* self.receive()
  })
  yield* ended([tasklet(killSometime, world, { kill: () => watcher.exit({ kind: "shutdown" }) }, 3)])
  yield* sleep(1)
  check("nobody watches for the dead", watcher.alive || monitor?.active !== true)
}

/** When the queen has ended, her heir takes her name. */
function* heir({ check, system }: World): Routine {
  let isCrowned = false
  const queen = system.spawn(
    function* (self: Process) {
      yield* self.receive()
    },
    { name: "queen" },
  )
  const next = system.spawn(function* (self: Process) {
    self.monitor(queen)
    yield* self.receive(Down)
    self.register("queen")
    isCrowned = true
  })
  yield* schedule()
  queen.send("farewell")
  yield* next.join()
  check("the heir has the name", isCrowned)
}

/** A name is handed from one to another, by hand; then the first one ends. */
function* crown({ check, system }: World): Routine {
  system.spawn(function* (self: Process) {
    self.register("crown")
    self.unregister("crown")
    yield* schedule()
  })
  const second = system.spawn(function* (self: Process) {
    for (let turn = 0; turn < 3; turn++) yield* schedule()
    if (system.whereis("crown") !== undefined) return
    self.register("crown")
    yield* self.receive()
  })
  for (let turn = 0; turn < 8; turn++) yield* schedule()
  yield* sleep(1)
  check("who holds it is found", !second.alive || system.whereis("crown") === second)
}

/** Two are linked for a while; one fails, at some time. */
function* unlinked({ check, system }: World): Routine {
  let isFree = false
  const brother = system.spawn(function* (_self: Process) {
    yield* schedule()
    throw new Error("stung")
  })
  const sister = system.spawn(function* (self: Process) {
    self.trapExit = true
    self.link(brother)
    yield* schedule()
    yield* schedule()
    self.unlink(brother)
    self.trapExit = false
    isFree = true
    yield* sleep(5)
  })
  const { kind } = yield* sister.join()
  check("who is free shares nobody's fate", !isFree || kind === "normal")
}

/** One is started; it may be told to end at any time, also just after its init. */
function* shortLife(world: World): Routine {
  const { check, system } = world
  let isBorn = false
  class Bee extends Actor {
    init(): void {
      isBorn = true
    }
  }
  const killer = tasklet(killSometime, world, { kill: () => system.whereis("bee")?.exit({ kind: "shutdown" }) }, 4)
  let hasStarted = false
  try {
    yield* system.start(Bee, { name: "bee" })
    hasStarted = true
  } catch (error) {
    check("it was ended before", error instanceof StartError)
  }
  check("the start has succeeded if its init has", hasStarted === isBorn)
  yield* ended([killer])
}

/** One that waits in its init for a gate to open is told to end; then nobody opens that gate any more. */
function* stillborn({ check, system }: World): Routine {
  const gate = new Event()
  class Bee extends Actor {
    *init(): Routine {
      yield* gate.wait()
    }
  }
  const bee = system.spawn(Bee)
  const guard = tasklet(function* () {
    yield* schedule()
    if (bee.alive) gate.set()
  })
  const wind = tasklet(function* () {
    yield* schedule()
    bee.exit({ kind: "shutdown" })
  })
  yield* ended([guard, wind])
  const { kind } = yield* bee.join()
  check("it has ended as it was told", kind === "shutdown")
}

/** Whose clean-up hangs is killed. */
function* hanging({ check, fault, system }: World): Routine {
  const gate = new Event()
  class Bee extends Actor {
    *terminate(): Routine {
      yield* gate.wait()
    }
  }
  const bee = yield* system.start(Bee)
  bee.exit({ kind: "shutdown" })
  if (!fault("the gate stays shut")) gate.set()
  yield* sleep(5)
  bee.exit({ kind: "kill" })
  const { kind } = yield* bee.join()
  check("it has ended", kind === "shutdown" || kind === "killed")
}

export const endScenarios: Readonly<Record<string, Scenario>> = { watch, enoughOfIt, lastBreath, deadWatcher, heir, crown, unlinked, shortLife, stillborn, hanging }
