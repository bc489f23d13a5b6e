/** What a user sees of dynamic supervisors, beside the rows of the conformance list. */
import { Actor, ExitReason, named, type Process, type Ref, StartError } from "@vivarium/actors"
import { type Routine, sleep } from "@vivarium/core"
import { child, DynamicSupervisor, type DynamicOptions, type DynamicSupervisorRef, type TemplateSupervisorRef, dynamicSupervisor, partialChild, SpecError, supervisor, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { childrenOf, TendedStage } from "./fixtures/tended-stage.ts"

let stage: TendedStage
beforeEach(() => {
  stage = new TendedStage()
  failures = 0
  trace.length = 0
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

const shot = ExitReason.custom("shot")

/** How many of the next starts fail. */
let failures = 0
const trace: unknown[] = []

class Bee extends Actor {
  name = ""
  init(...names: readonly string[]) {
    this.name = names.join(" ")
    if (failures > 0) {
      failures--
      throw new Error("no wings")
    }
  }
  buzz() {
    return this.name
  }
}

/** Ends as late as it is told to. */
class Late extends Actor {
  #ms = 0
  init(ms: number) {
    this.#ms = ms
    this.trapExit = true
  }
  *terminate() {
    yield* sleep(this.#ms)
    trace.push(`${this.#ms} at ${stage.clock.now()}`)
  }
}

/** Never ends by itself, and traps exits. */
function* stubborn(self: Process): Routine {
  self.trapExit = true
  for (;;) yield* self.receive()
}

/** What is given to `startChild` depends on the options. */
type Anything = DynamicSupervisorRef & TemplateSupervisorRef

function start(options: DynamicOptions = {}): Anything {
  return stage.value(() => stage.system.start(dynamicSupervisor(options))) as Anything
}

/** The children in short, the oldest first: what runs, and what it does unless it runs. */
function states(top: DynamicSupervisorRef): string[] {
  return top.tree().children.map(({ name, state }) => (state === "running" ? name : `${name} ${state}`))
}

const delayed = { minMs: 100, jitter: 0, factor: 2 }

// Each of these takes about a second: it is the number that they are about.
describe("100,000 children", () => {
  const MANY = 100_000

  it("are started, listed, counted and stopped at once", () => {
    const top = start({ child: partialChild(Bee, { args: ["maya"] }) })
    stage.value(function* () {
      for (let count = 0; count < MANY; count++) yield* top.startChild()
    })
    expect(top.countChildren()).toEqual({ specs: MANY, active: MANY, supervisors: 0, workers: MANY })
    expect(new Set(top.whichChildren().map(({ ref }) => ref)).size).toBe(MANY)
    expect(top.tree().children.length).toBe(MANY)
    stage.value(() => top.stop())
    expect(stage.system.processes).toEqual([])
  })

  it("are stopped one by one, the youngest or the oldest first, and restarted, each without a look at the others", () => {
    const top = start({ child: partialChild(Bee), maxRestarts: Infinity })
    stage.value(function* () {
      const all: Ref<Bee>[] = []
      for (let count = 0; count < MANY; count++) all.push((yield* top.startChild()) as Ref<Bee>)
      for (let count = 0; count < MANY / 4; count++) yield* top.terminateChild(all.pop() as Ref<Bee>)
      for (let count = 0; count < MANY / 4; count++) yield* top.terminateChild(all[count] as Ref<Bee>)
      for (const ref of all.slice(MANY / 4)) ref.exit(shot)
      yield* sleep(0)
    })
    stage.pass()
    expect(top.countChildren()).toMatchObject({ specs: MANY / 2, active: MANY / 2 })
    expect(stage.system.statistics().spawned).toBe(1 + MANY + MANY / 2)
  })

  it("take ten times as many switches as 10,000", () => {
    const switches = [10_000, MANY].map((count) => {
      const before = stage.scheduler.statistics().switches
      const top = start({ child: partialChild(Bee) })
      stage.value(function* () {
        for (let started = 0; started < count; started++) yield* top.startChild()
        yield* top.stop()
      })
      return stage.scheduler.statistics().switches - before
    }) as [number, number]
    expect(switches[1] / switches[0]).toBeLessThan(10.5)
  })

  it("that wait out their delays are all given up at once, and leave no timer", () => {
    const top = start({ child: partialChild(Bee, { backoff: delayed }) })
    stage.value(function* () {
      for (let count = 0; count < MANY; count++) ((yield* top.startChild()) as Ref<Bee>).exit(shot)
    })
    expect([top.countChildren().active, stage.timers]).toEqual([0, MANY])
    stage.value(() => top.stop())
    expect(stage.timers).toBe(0)
  })
})

describe("a child that waits for its restart", () => {
  it("is known by its last reference, and can be ended by it", () => {
    const top = start()
    const bee = stage.value(() => top.startChild(child(Bee, { args: ["maya"], backoff: delayed })))
    bee.exit(shot)
    stage.pass(50)
    expect([states(top), top.whichChildren()[0]?.ref]).toEqual([["Bee restarting"], undefined])
    stage.value(() => top.terminateChild(bee))
    expect([top.countChildren().specs, stage.timers, stage.outcome(() => top.terminateChild(bee)).code]).toEqual([0, 0, "not_found"])
    stage.pass(1000)
    expect(stage.system.statistics().spawned).toBe(2)
  })

  it("is known by the newest one that ran, also when a start has failed since", () => {
    const top = start()
    const first = stage.value(() => top.startChild(child(Bee, { args: ["maya"], backoff: delayed })))
    first.exit(shot)
    stage.pass(101)
    const second = top.whichChildren()[0]?.ref as Ref<unknown>
    expect([second.alive, stage.outcome(() => top.terminateChild(first)).code]).toEqual([true, "not_found"])
    failures = 1
    second.exit(shot)
    stage.pass(201)
    expect(states(top)).toEqual(["Bee restarting"])
    const codes = [first, second].map((ref) => stage.outcome(() => top.terminateChild(ref)).code)
    expect([failures, codes, top.countChildren().specs, stage.timers]).toEqual([0, ["not_found", undefined], 0, 0])
  })

  it("waits in its own time: the others go on, and so does the supervisor", () => {
    const top = start({ maxRestarts: 0 })
    const [maya, willy] = ["maya", "willy"].map((name) => stage.value(() => top.startChild(child(Bee, { id: name, args: [name], backoff: delayed })))) as [Ref<Bee>, Ref<Bee>]
    maya.exit(shot)
    stage.pass(99)
    const flip = stage.value(() => top.startChild(child(Bee, { id: "flip" })))
    expect([states(top), willy.alive, flip.alive]).toEqual([["Bee restarting", "Bee", "Bee"], true, true])
    stage.pass(1)
    const again = top.whichChildren()[2]?.ref as Ref<Bee>
    expect([states(top), stage.value(() => again.call.buzz())]).toEqual([["Bee", "Bee", "Bee"], "maya"])
  })

  it("waits longer each time that it fails to start, and gives up with its supervisor at its limit", () => {
    const top = start()
    const bee = stage.value(() => top.startChild(child(Bee, { backoff: { ...delayed, maxAttempts: 3 } })))
    stage.news()
    failures = 10
    bee.exit(shot)
    stage.pass(100)
    stage.pass(200)
    expect(top.tree().children[0]).toMatchObject({ state: "restarting", attempts: 3, restartsInMs: 400 })
    stage.pass(400)
    expect(top.alive).toBe(false)
    expect(stage.news()).toEqual(["child_terminated Bee shot in 100", "start_error Bee no wings in 200", "start_error Bee no wings in 400", "start_error Bee no wings", 'shutdown Bee shutdown "gave_up"'])
  })

  it("keeps the supervisor from stopping no longer than it takes to stop the others", () => {
    const top = start()
    stage.value(() => top.startChild(child(Bee, { backoff: { minMs: 60_000, jitter: 0 } }))).exit(shot)
    stage.pass()
    stage.value(() => top.stop())
    expect([stage.clock.now(), stage.timers]).toEqual([0, 0])
  })
})

describe("terminateChild", () => {
  it("takes the reference of a name, too, and stops whoever holds it", () => {
    const top = start()
    const maya = named(Bee, "maya", { system: stage.system })
    stage.value(() => top.startChild(child(Bee, { name: "maya" })))
    stage.value(() => top.terminateChild(maya))
    expect([maya.alive, top.countChildren().specs, stage.outcome(() => top.terminateChild(maya)).code]).toEqual([false, 0, "not_found"])
  })

  it("ends a child that is not known to the supervisor any more with nothing but an error", () => {
    const top = start()
    const bee = stage.value(() => top.startChild(child(Bee, { restart: "temporary" })))
    bee.exit(shot)
    stage.pass()
    expect(stage.outcome(() => top.terminateChild(bee)).code).toBe("not_found")
    expect(stage.outcome(() => top.terminateChild("maya" as never)).code).toBe("dynamic_supervisor")
    expect(top.alive).toBe(true)
  })
})

describe("stopping", () => {
  it("tells all children at once, and gives each its own time", () => {
    const top = start()
    const late = (ms: number, shutdownMs: number | "infinity" | "brutal_kill") => stage.value(() => top.startChild(child(Late, { args: [ms], shutdownMs })))
    late(300, "infinity")
    late(100, 200)
    late(200, 50)
    late(150, "brutal_kill")
    stage.value(() => top.startChild(child(stubborn, { shutdownMs: 250 })))
    stage.pass()
    stage.news()
    const stopping = stage.begin(() => top.stop())
    const left: number[] = []
    for (const ms of [0, 50, 50, 100, 50, 49]) {
      stage.pass(ms)
      left.push(stage.system.processes.length)
    }
    expect([left, trace]).toEqual([[5, 4, 3, 3, 2, 2], ["100 at 100"]])
    stage.pass(1)
    expect([stopping.at, trace]).toEqual([300, ["100 at 100", "300 at 300"]])
    expect(stage.news()).toEqual([
      "child_stopped Late shutdown",
      "child_stopped Late shutdown",
      "shutdown_error Late killed",
      "child_stopped Late killed",
      "shutdown_error stubborn killed",
    ])
  })

  it("does the same when it gives up", () => {
    const top = start({ maxRestarts: 0 })
    for (const ms of [100, 200]) stage.value(() => top.startChild(child(Late, { args: [ms] })))
    stage.value(() => top.startChild(Bee)).exit(shot)
    for (let step = 0; step < 4; step++) stage.pass(50)
    expect([top.alive, trace]).toEqual([false, ["100 at 100", "200 at 200"]])
  })
})

describe("a dynamic supervisor that is killed", () => {
  let top: SupervisorRef
  const bees = (): DynamicSupervisorRef => top.child("bees") as unknown as DynamicSupervisorRef

  beforeEach(() => {
    top = stage.value(() => stage.system.start(supervisor({ children: [dynamicSupervisor({ id: "bees" })] })))
  })

  it("leaves no child behind: all are ended at once, also those that trap exits, each in its own time", () => {
    const late = stage.value(() => bees().startChild(child(Late, { args: [100] })))
    const raw = stage.value(() => bees().startChild(child(stubborn, { shutdownMs: 50 })))
    const bee = stage.value(() => bees().startChild(Bee))
    stage.pass()
    bees().exit(ExitReason.kill)
    stage.pass(49)
    expect([raw.alive, bee.alive, top.child("bees")]).toEqual([true, false, undefined])
    stage.pass(1)
    expect(raw.alive).toBe(false)
    stage.pass(50)
    expect([late.alive, trace, bees().alive, bees().countChildren().specs]).toEqual([false, ["100 at 100"], true, 0])
  })

  it("is started again, empty, when the last of them has ended", () => {
    stage.value(() => bees().startChild(child(Late, { args: [100] })))
    stage.value(() => bees().startChild(child(Bee, { backoff: delayed }))).exit(shot)
    stage.pass(1)
    stage.news()
    bees().exit(ExitReason.kill)
    stage.pass(99)
    expect([childrenOf(top), top.child("bees")]).toEqual([["bees restarting"], undefined])
    stage.pass(1)
    expect([bees().countChildren().specs, stage.timers, stage.system.statistics().spawned]).toEqual([0, 0, 5])
    expect(stage.news()).toEqual(["child_terminated bees killed", "child_restarted bees"])
  })

  it("fails whoever waited for one of its starts", () => {
    class Slow extends Actor {
      *init() {
        yield* sleep(1000)
      }
    }
    const starting = stage.begin(() => bees().startChild(Slow))
    stage.pass(1)
    bees().exit(ExitReason.kill)
    stage.pass(1)
    expect([starting.settled, starting.code, stage.system.processes.length]).toEqual([true, "exit", 2])
  })
})

describe("the specs of its children", () => {
  it("are asked for at each start, and may differ", () => {
    const top = start()
    stage.value(() => top.startChild(Bee))
    stage.value(() => top.startChild(child(stubborn, { id: "raw", shutdownMs: 0 })))
    stage.value(() => top.startChild({ what: Bee, id: "map" }))
    stage.value(() => top.startChild(dynamicSupervisor({ id: "inner" })))
    expect(states(top)).toEqual(["Bee", "stubborn", "Bee", "dynamic supervisor"])
    expect(top.countChildren()).toEqual({ specs: 4, active: 4, supervisors: 1, workers: 3 })
    expect(childrenOf(top)).toEqual(["undefined", "undefined", "undefined", "undefined"])
  })

  it("that are wrong are refused, and nothing is started", () => {
    const top = start()
    const attempt = stage.outcome(() => top.startChild({ what: Bee, restart: "never" } as never))
    expect(attempt.error).toBeInstanceOf(SpecError)
    expect((attempt.error as SpecError).field).toBe("restart")
    expect(top.countChildren().specs).toBe(0)
  })

  it.each<[string, DynamicOptions, readonly unknown[]]>([
    ["of startChild", { child: supervisor() }, [1]],
    ["that are extra", { extraArguments: [1] }, [supervisor()]],
    ["that are extra, of a template", { extraArguments: [1], child: supervisor() }, []],
  ])("that are trees take no arguments: %s are refused", (_whose, options, given) => {
    const top = start(options)
    expect(stage.outcome(() => top.startChild(...given)).error).toMatchObject({ name: "SpecError", field: "args", value: [1] })
    expect(top.countChildren().specs).toBe(0)
  })

  it("whose start takes too long fail, and are forgotten", () => {
    class Slow extends Actor {
      *init() {
        yield* sleep(1000)
      }
    }
    const top = start()
    const attempt = stage.begin(() => top.startChild(child(Slow, { startTimeoutMs: 100 })))
    stage.pass(100)
    expect([attempt.code, top.countChildren().specs]).toEqual(["timeout", 0])
    expect(attempt.error).toBeInstanceOf(StartError)
  })

  it("with a name that is taken fail, and the error says by whom", () => {
    const top = start()
    const spec = child(Bee, { name: "maya" })
    const maya = stage.value(() => top.startChild(spec))
    const { error } = stage.outcome(() => top.startChild(spec))
    expect([(error as StartError).code, (error as StartError).ref === maya, top.countChildren().specs]).toEqual(["already_started", true, 1])
  })

  it("are served one after another, in the order in which they came", () => {
    class Slow extends Actor {
      *init(ms: number) {
        yield* sleep(ms)
        trace.push(ms)
      }
    }
    const top = start({ child: partialChild(Slow) })
    const all = [30, 10, 20].map((ms) => stage.begin(() => top.startChild(ms)))
    for (let step = 0; step < 6; step++) stage.pass(10)
    expect([trace, all.map(({ at }) => at)]).toEqual([[30, 10, 20], [30, 40, 60]])
  })
})

describe("the class form", () => {
  class Bees extends DynamicSupervisor {
    *init(maxChildren: number) {
      yield* sleep(10)
      return { maxChildren, child: partialChild(Bee, { args: ["of", "the"] }), extraArguments: ["bee"] }
    }
  }

  it("gives its flags when it is ready, and can be a child with arguments", () => {
    const starting = stage.begin(() => stage.system.start(supervisor({ children: [child(Bees, { id: "bees", args: [1] })] })))
    stage.pass(10)
    const bees = starting.value?.child("bees") as unknown as Anything
    const bee = stage.value(() => bees.startChild("hive")) as Ref<Bee>
    expect([stage.value(() => bee.call.buzz()), stage.outcome(() => bees.startChild()).code]).toEqual(["bee of the hive", "max_children"])
  })
})
