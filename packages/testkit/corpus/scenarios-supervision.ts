/** Scenarios of supervisors whose children fail: each is restarted as it should be, and never twice. */
import { Actor, type Process } from "@vivarium/actors"
import { type Routine, schedule, sleep } from "@vivarium/core"
import { child, supervisor } from "@vivarium/supervision"
import type { Scenario, World } from "../src/scenario.ts"

/** Says that of no child there are ever two. */
export function oneOfEach({ check, system }: World, ids: readonly string[]): void {
  check("no child runs twice", () => ids.every((id) => system.processes.filter(({ label }) => label === id).length <= 1))
}

/** Three children, any of which may fail in any turn, and takes its time to end. */
function storm(strategy: "one_for_all" | "rest_for_one"): Scenario {
  return function* (world: World): Routine {
    const { check, fault, system } = world
    const ids = ["queen", "nurse", "guard"]
    const starts = new Map<string, number>()
    let started = 0
    class Bee extends Actor {
      init(id: string): void {
        starts.set(id, ++started)
      }
      info(): void {
        throw new Error("stung")
      }
      *terminate(): Routine {
        yield* schedule()
      }
    }
    oneOfEach(world, ids)
    const top = yield* system.start(supervisor({ strategy, maxRestarts: Infinity, children: ids.map((id) => child(Bee, { id, args: [id] })) }))
    for (let turn = 0; turn < 3; turn++) {
      for (const id of ids) if (fault(`${id} fails`)) system.processes.find(({ label }) => label === id)?.send("fail")
      yield* schedule()
    }
    yield* sleep(1)
    check("all run", top.countChildren().active === 3)
    const order = ids.map((id) => starts.get(id) as number)
    check("each was started after those before it", order.every((start, at) => at === 0 || start > (order[at - 1] as number)))
    if (strategy === "one_for_all") check("all were started together", (order[2] as number) - (order[0] as number) === 2)
  }
}

/** One child that may be killed in any turn, also just after it has started. */
function* frail(world: World): Routine {
  const { check, fault, system } = world
  class Bee extends Actor {
    init(): void {}
  }
  oneOfEach(world, ["bee"])
  const top = yield* system.start(supervisor({ maxRestarts: Infinity, children: [child(Bee, { id: "bee" })] }))
  for (let turn = 0; turn < 6; turn++) {
    if (fault("killed")) system.processes.find(({ label }) => label === "bee")?.exit({ kind: "kill" })
    yield* schedule()
  }
  yield* sleep(1)
  check("it runs", top.countChildren().active === 1)
}

/** A child fails now and then; the supervisor gives up if that is too often, and only then. */
function* tooOften({ check, clock, fault, system }: World): Routine {
  function* bee(self: Process): Routine {
    yield* self.receive()
    throw new Error("stung")
  }
  const top = yield* system.start(supervisor({ maxRestarts: 1, withinMs: 10, children: [child(bee, { id: "bee" })] }))
  let isTooOften = false
  let last = -Infinity
  for (let turn = 0; turn < 7 && !isTooOften; turn++) {
    yield* sleep(5)
    if (!fault("it fails")) continue
    system.processes.find(({ label }) => label === "bee")?.send("fail")
    isTooOften = clock.now() - last <= 10
    last = clock.now()
  }
  yield* sleep(1)
  check("it has given up if that was too often", top.alive !== isTooOften)
}

/** A child that runs for long between its failures is restarted each time. */
function* seldom({ check, fault, system }: World): Routine {
  function* bee(self: Process): Routine {
    yield* self.receive()
    throw new Error("stung")
  }
  const backoff = { minMs: 10, jitter: 0, maxAttempts: 1, resetAfterMs: 100 }
  const top = yield* system.start(supervisor({ children: [child(bee, { id: "bee", backoff })] }))
  for (let turn = 0; turn < 3; turn++) {
    yield* sleep(200)
    if (fault("it fails")) system.processes.find(({ label }) => label === "bee")?.send("fail")
  }
  yield* sleep(20)
  check("it runs", top.alive && top.countChildren().active === 1)
}

/** A child fails, and may fail again when it is started anew: in the end it runs. */
function* secondTry({ check, fault, system }: World): Routine {
  let starts = 0
  class Bee extends Actor {
    init(): void {
      if (starts++ > 0 && starts < 4 && fault("its init fails")) throw new Error("cold")
    }
    info(): void {
      throw new Error("stung")
    }
  }
  const top = yield* system.start(supervisor({ maxRestarts: Infinity, children: [child(Bee, { id: "bee" })] }))
  system.processes.find(({ label }) => label === "bee")?.send("fail")
  yield* sleep(1)
  check("it runs", top.alive && top.countChildren().active === 1)
}

/** Two children back off, the second one depends on the first: in the end both run, and it was started after that. */
function* dependent({ check, fault, system }: World): Routine {
  const starts: string[] = []
  class Bee extends Actor {
    init(id: string): void {
      starts.push(id)
    }
    info(): void {
      throw new Error("stung")
    }
  }
  const backoff = { minMs: 10, jitter: 0 }
  const children = ["queen", "nurse"].map((id) => child(Bee, { id, args: [id], backoff }))
  const top = yield* system.start(supervisor({ strategy: "rest_for_one", children }))
  for (let turn = 0; turn < 3; turn++) {
    for (const id of ["nurse", "queen"]) if (fault(`${id} fails`)) system.processes.find(({ label }) => label === id)?.send("fail")
    yield* sleep(5)
  }
  yield* sleep(100)
  check("both run", top.countChildren().active === 2)
  check("the one that depends on the other was started after it", starts.lastIndexOf("nurse") > starts.lastIndexOf("queen"))
}

/** One that waits for its restart is called off, just when that is due: it does not run, and the one behind it does. */
function* calledOff({ check, system }: World): Routine {
  class Bee extends Actor {
    init(): void {}
    info(): void {
      throw new Error("stung")
    }
  }
  const children = [child(Bee, { id: "queen", backoff: { minMs: 10, jitter: 0 } }), child(Bee, { id: "nurse" })]
  const top = yield* system.start(supervisor({ strategy: "rest_for_one", children }))
  system.processes.find(({ label }) => label === "queen")?.send("fail")
  yield* sleep(10)
  yield* top.terminateChild("queen")
  yield* sleep(50)
  const running = top.whichChildren().filter(({ state }) => state === "running")
  check("the one runs that was not called off", running.map(({ id }) => id).join() === "nurse")
}

export const supervisionScenarios: Readonly<Record<string, Scenario>> = {
  stormForAll: storm("one_for_all"),
  stormForRest: storm("rest_for_one"),
  frail,
  tooOften,
  seldom,
  secondTry,
  dependent,
  calledOff,
}
