import { Actor, type Ref, System } from "@vivarium/actors"
import { sleep, tasklet } from "@vivarium/core"
import { explore, type World } from "@vivarium/testkit"
import { afterEach, describe, expect, it, vi } from "vitest"

class Counter extends Actor {
  count = 0

  add() {
    this.count++
  }

  sting() {
    throw new Error("stung")
  }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each([
  ["the world's system", (world: World) => world.system],
  ["a system of the scenario's own", () => new System({ name: "meadow" })],
])("%s", (_what, systemOf) => {
  it("handles one message in a slice", async () => {
    const seen = new Set<string>()
    await explore(
      function* (world) {
        const system = systemOf(world)
        const counters: Ref<Counter>[] = [yield* system.start(Counter), yield* system.start(Counter)]
        const now = (): string => counters.map((one) => (one["~resolve"]()?.actor as Counter | undefined)?.count ?? "-").join("")
        world.check("counts are seen after every slice", () => seen.add(now()) !== undefined)
        for (const one of [...counters, ...counters]) one.cast.add()
        yield* system.stop()
      },
      { strategy: "delayBounded", bound: 2 },
    )
    expect([...seen].filter((state) => !state.includes("-")).sort()).toEqual(["00", "01", "02", "10", "11", "12", "20", "21", "22"])
  })

  it("prints no crash", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {})
    await explore(
      function* (world) {
        const system = systemOf(world)
        const counter = yield* system.start(Counter)
        counter.cast.sting()
        yield* system.stop()
      },
      { strategy: "delayBounded", bound: 1 },
    )
    expect(print).not.toHaveBeenCalled()
  })
})

it.each([
  ["a promise", () => Promise.resolve(1), /returned a promise, and nobody has waited for that. Cure: return yield\* until\(it\)/],
  ["an operation", () => sleep(1), /returned an operation \(sleep\(1\)\), and nobody has waited for that. Cure: return yield\* it/],
  ["a tasklet", () => tasklet({ name: "maya" }, () => 1), /returned a tasklet \(maya\), and nobody has waited for that/],
])("a generator that returns %s is told to wait for it", async (_what, make, message) => {
  await expect(
    explore(function* () {
      return make()
    }, { schedules: 1, diagramDirectory: false }),
  ).rejects.toThrow(message)
})
