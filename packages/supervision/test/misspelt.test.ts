/** What is said to somebody who has nearly got it right. */
import { describe, expect, it } from "vitest"
import { Actor, System } from "@vivarium/actors"
import { child, dynamicSupervisor, SpecError, supervisor } from "@vivarium/supervision"
import { nearest } from "../src/nearest.ts"

class Bee extends Actor {}

function messageOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof SpecError) return error.message
    throw error
  }
  throw new Error("nothing was raised")
}

describe("a misspelt field", () => {
  it.each([
    ["stratergy", "strategy", () => supervisor({ stratergy: "one_for_all" } as never)],
    ["maxRestart", "maxRestarts", () => supervisor({ maxRestart: 1 } as never)],
    ["childern", "children", () => supervisor({ childern: [] } as never)],
    ["restrat", "restart", () => child(Bee, { restrat: "transient" } as never)],
    ["shutdownMS", "shutdownMs", () => child(Bee, { shutdownMS: 1 } as never)],
    ["backoff.min", "minMs", () => child(Bee, { backoff: { min: 1 } } as never)],
    ["backoff.minms", "minMs", () => child(Bee, { backoff: { minms: 1 } } as never)],
    ["max_children", "maxChildren", () => dynamicSupervisor({ max_children: 1 } as never)],
  ])("%s is told what it is called: %s", (field, meant, make) => {
    expect(messageOf(make)).toContain(`${field} must be called ${meant}: the known fields are`)
  })

  it("that is like none is unknown", () => {
    expect(messageOf(() => supervisor({ colour: "red" } as never))).toContain("colour must be left out, for it is unknown: the known fields are")
  })
})

describe("what is nearest", () => {
  it("is at most a third away", () => {
    expect([nearest("SIGTREM", ["SIGTERM", "SIGINT"]), nearest("restart", ["restart"]), nearest("x", ["strategy"]), nearest("ab", [])]).toEqual(["SIGTERM", "restart", undefined, undefined])
  })
})

describe("the cure", () => {
  it("shows the field that is wrong", () => {
    expect(messageOf(() => child(Bee, { args: "Maya" } as never))).toContain('right: child(Bee, { args: ["Maya"] })')
    expect(messageOf(() => child(Bee, { backoff: 5 } as never))).toContain("backoff: {")
    expect(messageOf(() => supervisor({ children: [child(Bee), child(Bee)] }))).toContain('right: child(Bee, { id: "another" })')
  })

  it("tells a promise from the function that gives it", async () => {
    const poll = async (): Promise<void> => {}
    expect(messageOf(() => child(poll() as never))).toContain("This is what a function gives, not the function itself")
    await using system = new System({ log: false })
    expect(() => (system.spawn as (what: unknown) => unknown)(poll())).toThrow("right: system.spawn(poll)")
  })

  it("names what runs instead", async () => {
    class Wasp extends Actor {}
    await using system = new System({ log: false })
    const top = await system.start(supervisor({ children: [child(Bee)] }))
    expect(() => top.child("Bee", Wasp)).toThrow('what must be what runs as child "Bee", which is Bee, got class Wasp')
  })
})
