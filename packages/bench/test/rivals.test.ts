import { describe, expect, it } from "vitest"
import { actorWorkloads } from "../src/actor-workloads.ts"
import { rivals } from "../src/rivals.ts"
import { nact, xstate } from "../src/systems/javascript.ts"
import { beam, go } from "../src/systems/native.ts"

/** The workload that a system's program is asked for. */
const asked = (system: typeof go, row: string): string | undefined => system.command(row).arguments.at(-1)

describe.each(actorWorkloads)("row $name", ({ name, defaultSize, sizes, variantOf }) => {
  it("has a rival", () => {
    expect(rivals.filter((system) => system.rows.has(variantOf ?? name))).not.toEqual([])
  })

  it("allows its default size", () => {
    expect(sizes.allows(defaultSize)).toBe(true)
  })
})

describe("the rivals' programs", () => {
  it.each([
    [go, "ask", "ask"],
    [go, "ask-actors", "ask"],
    [go, "pingpong-actors", "pingpong-buffered"],
    [beam, "ask-actors", "ask"],
    [beam, "idle-actors", "idle-gs"],
    [beam, "selective", "selective"],
    [xstate, "fanin-actors", "fanin"],
    [nact, "fanin-actors", "fanin-actors"],
  ])("$id is asked for the work of a row", (system, row, workload) => {
    expect(system.rows.has(row)).toBe(true)
    expect(asked(system, row)).toBe(workload)
  })

  it("have no row that is only another's name for the work", () => {
    expect(go.rows.has("pingpong-buffered")).toBe(false)
    expect(beam.rows.has("idle-gs")).toBe(false)
  })
})
