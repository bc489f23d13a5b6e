import { describe, expect, it } from "vitest"
import { matchesOf, plant } from "../corpus/mutant.ts"
import { mutants } from "../corpus/mutants.ts"
import { scenarios } from "../corpus/scenarios.ts"

describe("the corpus of planted bugs", () => {
  it("has 45 bugs at least, in all three packages", () => {
    expect(mutants.length).toBeGreaterThanOrEqual(45)
    expect([...new Set(mutants.map((mutant) => mutant.package))]).toEqual(["core", "actors", "supervision"])
  })

  it("gives each a name of its own", () => {
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length)
  })

  it("uses every scenario", () => {
    expect(Object.keys(scenarios).sort()).toEqual([...new Set(mutants.map(({ scenario }) => scenario))].sort())
  })

  it.each(mutants.map((mutant) => [mutant.id, mutant.file, mutant] as const))("%s stands in %s once", (_id, file, mutant) => {
    expect(file.startsWith(`packages/${mutant.package}/src/`)).toBe(true)
    expect(matchesOf(mutant)).toEqual(matchesOf(mutant).map(() => 1))
  })

  it("refuses a patch that fits nowhere, or twice", () => {
    const mutant = { ...mutants[0], find: "a bee", replace: "a wasp" } as (typeof mutants)[number]
    expect(plant(mutant, "here is a bee")).toBe("here is a wasp")
    expect(() => plant(mutant, "here is none")).toThrow("its text stands there nowhere")
    expect(() => plant(mutant, "a bee, and a bee")).toThrow("its text stands there more than once")
  })
})
