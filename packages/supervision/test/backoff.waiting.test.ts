/** While a child waits out its delay: the supervisor answers, shows it, and does with it what it is asked to. The first four have been bugs of others. */
import { Actor, type Process, type Ref } from "@vivarium/actors"
import { child, type ChildSpec, dynamicSupervisor, supervisor, SupervisorError, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { childrenOf, nodeOf, TendedStage } from "./fixtures/tended-stage.ts"

let stage: TendedStage
let failures: number

class Bee extends Actor {
  init(_name: string) {
    if (failures > 0 && failures-- > 0) throw new Error("rain")
  }
  sting() {
    throw new Error("stung")
  }
  work() {
    return "works"
  }
}

const EVEN = { minMs: 100, factor: 2, jitter: 0 }
const bee = (id: string, backoff = true): ChildSpec<Ref<Bee>> => child(Bee, { id, args: [id], backoff: backoff ? EVEN : undefined })

let top: SupervisorRef

beforeEach(() => {
  stage = new TendedStage()
  failures = 0
  top = stage.value(() => stage.system.start(supervisor({ id: "top", maxRestarts: 0, children: [bee("maya"), bee("willy", false)] })))
  stage.news()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

function crash(id = "maya"): void {
  ;(top.child(id) as Ref<Bee>).cast.sting()
  stage.pass()
}

describe("the four known bugs", () => {
  it("stuck for ever: a delayed start that fails is tried again, after the next delay, as often as it takes", () => {
    failures = 4
    crash()
    expect(nodeOf(top, "maya").restartsInMs).toBe(100)
    for (const next of [200, 400, 800, 1600]) {
      stage.pass(nodeOf(top, "maya").restartsInMs as number)
      expect(nodeOf(top, "maya")).toMatchObject({ state: "restarting", restartsInMs: next })
    }
    stage.pass(1600)
    expect([childrenOf(top), stage.timers]).toEqual([["maya", "willy"], 0])
    expect(stage.news()).toEqual([
      "child_terminated maya stung in 100", "start_error maya rain in 200", "start_error maya rain in 400", "start_error maya rain in 800", "start_error maya rain in 1600", "child_restarted maya",
    ])
  })

  it("not stoppable: it can be terminated while it waits, and deleted then", () => {
    crash()
    expect(stage.outcome(() => top.deleteChild("maya")).error).toMatchObject({ code: "restarting" })
    stage.value(() => top.terminateChild("maya"))
    expect([childrenOf(top), stage.timers, nodeOf(top, "maya").restartsInMs]).toEqual([["maya stopped", "willy"], 0, undefined])
    stage.value(() => top.deleteChild("maya"))
    stage.pass(10_000)
    expect(childrenOf(top)).toEqual(["willy"])
  })

  it("not shown: it is in every list, as restarting, and the tree says in how many milliseconds", () => {
    crash()
    stage.pass(40)
    expect(top.whichChildren().at(-1)).toEqual({ id: "maya", ref: undefined, state: "restarting", kind: "worker" })
    expect(top.countChildren()).toEqual({ specs: 2, active: 1, supervisors: 0, workers: 2 })
    expect(nodeOf(top, "maya")).toMatchObject({ id: "maya", name: "Bee", state: "restarting", ref: undefined, attempts: 1, restartsInMs: 60 })
    expect([top.child("maya"), top.childSpec("maya")?.id]).toEqual([undefined, "maya"])
  })

  it("blocks the supervisor: all else is done meanwhile, at once", () => {
    crash()
    expect(stage.outcome(() => top.startChild(bee("flip"))).at).toBe(0)
    expect(stage.outcome(() => top.terminateChild("willy")).at).toBe(0)
    expect(stage.outcome(() => top.restartChild("willy")).at).toBe(0)
    crash("flip")
    expect(stage.outcome(() => (top.child("willy") as Ref<Bee>).call.work())).toMatchObject({ value: "works", at: 0 })
    expect(childrenOf(top)).toEqual(["maya restarting", "willy", "flip restarting"])
    stage.pass(100)
    expect(childrenOf(top)).toEqual(["maya", "willy", "flip"])
  })
})

describe("a child that waits", () => {
  it("can be terminated and restarted by hand: then it begins anew, without a delay", () => {
    crash()
    stage.pass(100)
    crash()
    expect(nodeOf(top, "maya").attempts).toBe(2)
    stage.value(() => top.terminateChild("maya"))
    stage.value(() => top.restartChild("maya"))
    expect([childrenOf(top), nodeOf(top, "maya").attempts, stage.timers]).toEqual([["maya", "willy"], 0, 0])
    crash()
    expect(nodeOf(top, "maya").restartsInMs).toBe(100)
  })

  it("cannot be restarted by hand, nor started a second time: it is there, and waits", () => {
    crash()
    expect(stage.outcome(() => top.restartChild("maya"))).toMatchObject({ code: "restarting" })
    const { error } = stage.outcome(() => top.startChild(bee("maya")))
    expect(error).toBeInstanceOf(SupervisorError)
    expect(error).toMatchObject({ code: "already_present" })
    stage.pass(100)
    expect(childrenOf(top)).toEqual(["maya", "willy"])
  })

  it("that fails when it is restarted by hand stays stopped: who asked decides", () => {
    crash()
    stage.value(() => top.terminateChild("maya"))
    failures = 1
    expect(stage.outcome(() => top.restartChild("maya"))).toMatchObject({ code: "init_failed" })
    expect([childrenOf(top), stage.timers]).toEqual([["maya stopped", "willy"], 0])
  })

  it("is terminated in vain once it runs again: whichever comes first in the mailbox of the supervisor is done first", () => {
    crash()
    stage.clock.advance(100)
    const terminating = stage.begin(() => top.terminateChild("maya"))
    stage.pass()
    expect([terminating.settled, childrenOf(top), stage.timers]).toEqual([true, ["maya stopped", "willy"], 0])
    stage.pass(1000)
    expect(childrenOf(top)).toEqual(["maya stopped", "willy"])
  })

  it("holds its name free, its links and its timers gone", () => {
    stage.value(() => top.startChild(child(Bee, { id: "named", args: ["named"], name: "queen", backoff: EVEN })))
    crash("named")
    expect([stage.system.names, stage.timers]).toEqual([[], 1])
    const usurper = stage.system.spawn(function* (self: Process) {
      yield* self.receive()
    }, { name: "queen" })
    stage.pass(100)
    expect(nodeOf(top, "named")).toMatchObject({ state: "restarting", attempts: 2 })
    usurper.send("go")
    stage.pass(200)
    expect(childrenOf(top)).toContain("named")
  })

  it("is done with at once when the supervisor is stopped, and leaves no timer", () => {
    crash()
    const stopping = stage.begin(() => top.stop())
    stage.pass()
    expect([stopping.at, top.alive, stage.timers, stage.system.processes]).toEqual([0, false, 0, []])
    stage.pass(10_000)
    expect(stage.system.statistics().processes).toBe(0)
  })

  it("is done with at once when the supervisor is killed", () => {
    crash()
    top.exit({ kind: "kill" })
    stage.pass()
    expect([top.alive, stage.timers, stage.system.processes]).toEqual([false, 0, []])
  })

  it("is done with at once when the system is stopped", () => {
    crash()
    const stopping = stage.begin(() => stage.system.stop())
    stage.pass()
    expect([stopping.at, stage.timers]).toEqual([0, 0])
  })

  it("is done with at once when its supervisor gives up because of another", () => {
    crash()
    crash("willy")
    expect([top.alive, stage.timers, stage.system.processes]).toEqual([false, 0, []])
  })

  it("gives its turn to others that wait as long: in the order in which they failed", () => {
    stage.value(() => top.startChild(bee("flip")))
    stage.news()
    crash("flip")
    crash()
    stage.pass(100)
    expect(stage.news().slice(2)).toEqual(["child_restarted flip", "child_restarted maya"])
  })
})

describe("a child that is being started again", () => {
  let opens: () => void

  class Slow extends Actor {
    async init(first: { done: boolean }) {
      if (!first.done) return void (first.done = true)
      await new Promise<void>((resolve) => (opens = resolve))
    }
    sting() {
      throw new Error("stung")
    }
  }

  it("is shown as restarting until it is ready, and its startTimeoutMs is one failure more", async () => {
    const first = { done: false }
    stage.begin(() => top.startChild(child(Slow, { id: "slow", args: [first], backoff: EVEN, startTimeoutMs: 50 })))
    await stage.turns()
    ;(top.child("slow") as Ref<Slow>).cast.sting()
    stage.pass()
    stage.pass(100)
    expect(childrenOf(top)).toEqual(["maya", "willy", "slow restarting"])
    stage.pass(50)
    expect(nodeOf(top, "slow")).toMatchObject({ state: "restarting", attempts: 2, restartsInMs: 200 })
    stage.pass(200)
    opens()
    await stage.turns()
    expect([childrenOf(top), stage.timers]).toEqual([["maya", "willy", "slow"], 0])
  })
})

describe("under a dynamic supervisor", () => {
  it("a child that waits is known by its last reference, counts for maxChildren, and can be terminated", () => {
    const bees = stage.value(() => stage.system.start(dynamicSupervisor({ maxChildren: 1, maxRestarts: 0 })))
    const maya = stage.value(() => bees.startChild(bee("maya")))
    maya.cast.sting()
    stage.pass()
    expect(bees.whichChildren()).toEqual([{ id: undefined, ref: undefined, state: "restarting", kind: "worker" }])
    expect(stage.outcome(() => bees.startChild(bee("willy")))).toMatchObject({ code: "max_children" })
    stage.value(() => bees.terminateChild(maya))
    expect([bees.countChildren().specs, stage.timers]).toEqual([0, 0])
  })

  it("thousands that fail at once are spread over time by their jitter", () => {
    const bees = stage.value(() => stage.system.start(dynamicSupervisor({ maxRestarts: 0, child: child(Bee, { args: ["bee"], backoff: { minMs: 1000, jitter: 1 } }) })))
    const all = Array.from({ length: 1000 }, () => stage.value(() => bees.startChild()) as Ref<Bee>)
    for (const one of all) one.cast.sting()
    stage.pass()
    expect([bees.countChildren().active, stage.timers]).toEqual([0, 1000])
    const waiting = Array.from({ length: 4 }, () => {
      stage.pass(500)
      return bees.countChildren().active
    })
    expect(waiting.every((active, quarter) => Math.abs(active - 250 * (quarter + 1)) < 60)).toBe(true)
    expect([waiting.at(-1), stage.timers]).toEqual([1000, 0])
  })
})
