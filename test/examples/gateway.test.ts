// The program is really run, in a process of its own: that is why its test is slow.
import { CallError, ExitReason, named, type Ref } from "@vivarium/actors"
import { Random, type Routine, sleep, type Tasklet, tasklet } from "@vivarium/core"
import type { SupervisorRef } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { type Circuit, Gateway } from "../../examples/gateway/gateway.ts"
import { service } from "../../examples/gateway/service.ts"
import { type Condition, Upstream } from "../../examples/gateway/upstream.ts"
import { endingOf, runExample } from "./story.ts"
import { inVirtualWorld, type VirtualWorld } from "./virtual-world.ts"

it("the gateway prints what its README shows", { timeout: 60_000 }, async () => {
  expect(await runExample("gateway")).toEqual(endingOf("gateway"))
})

interface Scene extends VirtualWorld {
  readonly top: SupervisorRef
  readonly gateway: Ref<Gateway>
  readonly upstream: Upstream
  /** Asks; gives the answer, or why there is none, and how long it took. */
  readonly ask: (question: string) => Tasklet<readonly [outcome: string, ms: number]>
  readonly circuit: () => Routine<Circuit>
}

const limits = { queue: 2, patienceMs: 300 }
const ANSWER = "the answer to"

function inScene(condition: Condition, play: (scene: Scene) => Routine): Promise<void> {
  return inVirtualWorld(function* (world) {
    const upstream = new Upstream()
    upstream.becomes(condition)
    const top = yield* world.system.start(service(upstream, limits, () => {}))
    const gateway = named(Gateway, "gateway", { system: world.system })
    function* visit(question: string): Routine<readonly [string, number]> {
      const from = world.now()
      try {
        return [yield* gateway.call.ask(question), world.now() - from]
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        return [error.code === "refused" ? (error.cause as Error).message : error.code, world.now() - from]
      }
    }
    function* circuit(): Routine<Circuit> {
      return ((yield* gateway.getState()) as { readonly state: Circuit }).state
    }
    yield* play({ ...world, top, gateway, upstream, ask: (question) => tasklet(visit, question), circuit })
  })
}

describe("the gateway", () => {
  it("passes calls on while it is connected", () =>
    inScene("up", function* ({ ask, circuit }) {
      yield* sleep(100)
      expect(yield* circuit()).toBe("open")
      expect(yield* ask("one")).toEqual([`${ANSWER} one`, 10])
    }))

  it.for(["down", "silent"] as const)("is started, and answers, although the upstream is %s; and heals", (condition) =>
    inScene(condition, function* ({ ask, circuit, top, upstream }) {
      expect(yield* ask("one")).toEqual(["unavailable", 300])
      expect(yield* circuit()).toBe("closed")
      expect(yield* ask("two")).toEqual(["unavailable", 0])
      upstream.becomes("up")
      yield* sleep(1500)
      expect(yield* ask("three")).toEqual([`${ANSWER} three`, 10])
      expect(top.tree().restarts).toBe(0)
    }))

  it("puts off as many calls as it may while the connection comes back", () =>
    inScene("up", function* ({ ask, circuit, upstream }) {
      yield* sleep(100)
      upstream.becomes("down")
      yield* sleep(150)
      expect(yield* circuit()).toBe("waiting")
      const asked = ["one", "two", "three"].map(ask)
      upstream.becomes("up")
      const outcomes: string[] = []
      for (const one of asked) outcomes.push((yield* one)[0])
      expect(outcomes).toEqual([`${ANSWER} one`, `${ANSWER} two`, "unavailable, and 2 wait already"])
    }))

  it("tells those whose calls were under way that they are lost, and asks nothing twice", () =>
    inScene("up", function* ({ ask, upstream }) {
      yield* sleep(105)
      const asked = ["one", "two"].map(ask)
      upstream.becomes("down")
      const [one, two] = [yield* asked[0] as Tasklet<readonly [string, number]>, yield* asked[1] as Tasklet<readonly [string, number]>]
      expect([one[0], two[0]]).toEqual(["the connection was lost", "the connection was lost"])
    }))

  it("waits for a connection that was stopped by hand", () =>
    inScene("up", function* ({ ask, circuit, top }) {
      yield* sleep(100)
      yield* top.terminateChild("connection")
      expect(yield* circuit()).toBe("waiting")
      const asked = ask("one")
      yield* top.restartChild("connection")
      expect((yield* asked)[0]).toBe(`${ANSWER} one`)
    }))

  it("has a new connection after a crash of its own", () =>
    inScene("up", function* ({ ask, gateway, top }) {
      yield* sleep(100)
      const before = top.child("connection")
      gateway.exit(ExitReason.error(new Error("stung")))
      yield* sleep(100)
      expect(before?.alive).toBe(false)
      expect(yield* ask("one")).toEqual([`${ANSWER} one`, 10])
    }))

  it.for(Array.from({ length: 20 }, (_, seed) => seed))("answers everybody soon, and never fails, whatever the upstream does: seed %s", (seed) => {
    const chance = new Random(seed)
    return inScene("up", function* ({ ask, top, upstream }) {
      const gateway = top.child("gateway")
      const asked: Tasklet<readonly [string, number]>[] = []
      for (let step = 0; step < 200; step++) {
        upstream.becomes((["up", "up", "down", "silent"] as const)[chance.integer(4)] as Condition)
        for (let count = chance.integer(4); count > 0; count--) asked.push(ask(String(step)))
        yield* sleep(chance.integer(400))
      }
      const outcomes: (readonly [string, number])[] = []
      for (const one of asked) outcomes.push(yield* one)
      const kinds = new Set(outcomes.map(([outcome]) => outcome.replace(/\d+/g, "#")))
      expect([...kinds].toSorted()).toEqual([`${ANSWER} #`, "the connection was lost", "unavailable", "unavailable, and # wait already"].toSorted())
      // As long as calls are put off, and until a connection is seen to be silent.
      expect(Math.max(...outcomes.map(([, ms]) => ms))).toBeLessThanOrEqual(limits.patienceMs + 40)
      expect(gateway?.alive).toBe(true)
    })
  })
})
