/** Errors of an actor's branches stay in the actor: none of them is ever an uncaught error of the scheduler, which would end the program. */
import { all, call, group, type Operation, type Routine, select, sleep } from "@vivarium/core"
import { Actor, ExitReason, type Ref, type SystemEventMap } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

/** Fails after five milliseconds. */
class Child extends Actor {
  *crash(): Routine {
    yield* sleep(5)
    throw new Error("stung")
  }
}

type Way = (child: Ref<Child>) => Operation<unknown>

/** Waits for a child that it is linked to. */
class Parent extends Actor {
  *work(way: Way): Routine<unknown> {
    return yield* way(this.spawnLink(Child))
  }
}

const ways: readonly [string, Way][] = [
  ["a call", (child) => child.call.crash()],
  ["a request", (child) => child.request.crash()],
  ["all, first", (child) => all([child.call.crash(), sleep(1)])],
  ["all, second", (child) => all([sleep(1), child.call.crash()])],
  ["all, both", (child) => all([child.call.crash(), child.request.crash()])],
  ["select", (child) => select({ crash: child.call.crash(), late: sleep(100) })],
  ["a member of a group", (child) => group((members) => members.spawn(() => child.call.crash()))],
  ["call", (child) => call(() => child.call.crash())],
]

describe("an actor that waits for a linked child, which crashes,", () => {
  it.each(ways)("ends by the link, and nothing is raised anywhere: in %s", async (_name, way) => {
    await using stage = new Stage()
    const parent = stage.system.spawn(Parent)
    const called = stage.begin(() => parent.call.work(way))
    stage.pass(5)
    expect([called.code, parent.alive, stage.system.processes]).toEqual(["exit", false, []])
  })

  it.each(ways)("gets the error where it waits if it traps exits: in %s", async (_name, way) => {
    await using stage = new Stage()
    const caught: unknown[] = []
    class Trapping extends Actor {
      init() {
        this.trapExit = true
      }
      *work(): Routine {
        try {
          yield* way(this.spawnLink(Child))
        } catch (error) {
          caught.push((error as { code: string }).code)
        }
      }
      exit() {
        caught.push("exit")
      }
    }
    const parent = stage.system.spawn(Trapping)
    parent.cast.work()
    stage.pass(5)
    expect([caught, parent.alive]).toEqual([["exit", "exit"], true])
  })
})

describe("an error that nobody can catch", () => {
  function* fallsApart(ms: number): Routine {
    try {
      yield* sleep(ms)
    } finally {
      // oxlint-disable-next-line no-unsafe-finally -- what comes of it is the point
      throw new Error("in finally")
    }
  }

  it("of a case that has lost ends the actor: it is one of its own", async () => {
    await using stage = new Stage()
    class Careless extends Actor {
      *work(): Routine {
        yield* select({ won: sleep(1), lost: call(() => fallsApart(100)) })
        yield* sleep(100)
      }
    }
    const careless = stage.system.spawn(Careless)
    careless.cast.work()
    stage.pass(1)
    expect([careless.alive, stage.ends, stage.crashes.length]).toEqual([false, ["in finally"], 1])
  })

  it("of one more member of a group that has failed ends the actor with the first one, or with that", async () => {
    await using stage = new Stage()
    class Careless extends Actor {
      *work(): Routine {
        yield* all([call(() => fallsApart(1)), call(() => fallsApart(100))])
      }
    }
    const careless = stage.system.spawn(Careless)
    careless.cast.work()
    stage.pass(1)
    expect([careless.alive, stage.ends]).toEqual([false, ["in finally"]])
  })

  it.each([ExitReason.shutdown, ExitReason.kill])("of a branch of an actor that is ending by $kind anyway is told as abandoned", async (reason) => {
    await using stage = new Stage()
    const told: SystemEventMap["abandoned"][0][] = []
    stage.system.events.on("abandoned", (report) => told.push(report))
    class Careless extends Actor {
      *work(): Routine {
        yield* all([call(() => fallsApart(100)), sleep(1000)])
      }
    }
    const careless = stage.system.spawn(Careless)
    careless.cast.work()
    stage.pass()
    careless.exit(reason)
    stage.pass()
    expect([careless.alive, stage.system.processes]).toEqual([false, []])
    expect(told).toMatchObject([{ method: "work", error: { message: "in finally" } }])
  })
})
