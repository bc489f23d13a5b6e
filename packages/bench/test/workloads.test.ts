import { describe, expect, it } from "vitest"
import { measure } from "../src/measure.ts"
import { workloads } from "../src/registry.ts"

/** Sizes that every rule allows. `timers` sleeps for real: its first delay is 66 ms, a second one may be a second. */
const tinySizes = new Map([
  ["timers", 1],
  ["sieve", 12],
  ["sieve-receiver", 12],
  ["big", 200],
  ["shrink", 1],
])

describe.each(workloads)("workload $name", (workload) => {
  const size = tinySizes.get(workload.name) ?? 100

  it("comes to the right result at a tiny size", async () => {
    const body = await workload.load()
    const operations = body.measures === "stage" ? body.operations(size) : size
    const measurement = await measure(workload, size, { warmUp: false })
    expect(measurement).toMatchObject({ name: workload.name, operations })
  })

  it("allows its default size", () => {
    expect(workload.sizes.allows(workload.defaultSize)).toBe(true)
  })
})

describe("measure()", () => {
  it("raises when the work comes to a wrong result", async () => {
    const wrong = {
      name: "wrong",
      operation: "nothing",
      defaultSize: 1,
      sizes: { text: "anything", allows: () => true },
      unit: "ns",
      load: async () => ({ measures: "time", run: () => 1, expected: () => 2 }) as const,
    } as const
    await expect(measure(wrong, 1)).rejects.toThrow("wrong must come to 2 and came to 1")
  })

  it("prepares a staged workload before each round and counts its own operations", async () => {
    const prepared: number[] = []
    const staged = {
      name: "staged",
      operation: "nothing",
      defaultSize: 1,
      sizes: { text: "anything", allows: () => true },
      unit: "ns",
      load: async () =>
        ({
          measures: "stage",
          prepare: (size: number) => {
            const round = prepared.push(size)
            return () => round
          },
          operations: () => 3,
          expected: () => 7,
        }) as const,
    } as const
    await expect(measure(staged, 70)).resolves.toMatchObject({ operations: 3 })
    expect(prepared).toEqual([70, 70, 70, 70, 70, 7, 70])
  })

  it("runs the same work five times, then a tenth of it, to warm up", async () => {
    const sizes: number[] = []
    const counting = {
      name: "counting",
      operation: "nothing",
      defaultSize: 1,
      sizes: { text: "anything", allows: () => true },
      unit: "ns",
      load: async () => ({ measures: "time", run: (size: number) => sizes.push(size), expected: () => 7 }) as const,
    } as const
    await measure(counting, 70)
    expect(sizes).toEqual([70, 70, 70, 70, 70, 7, 70])
  })
})
