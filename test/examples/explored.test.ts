// The programs are really run, each in a process of its own: that is why these tests are slow.
import { explore, ExplorationError, type ExploreOptions, type Scenario } from "@vivarium/testkit"
import { describe, expect, it } from "vitest"
import { lookThenTake, spending, withdrawThenDeposit } from "../../examples/bank-transfer/bank.ts"
import { PlainCache, rush, SingleFlightCache } from "../../examples/cache-stampede/cache.ts"
import { evening, leftFirst, lowerFirst } from "../../examples/dining-philosophers/table.ts"
import { morning, sleepy, wakeful } from "../../examples/lost-wake-up/post-box.ts"
import { read } from "../repository/files.ts"
import { endingOf, runExample } from "./story.ts"

interface Example {
  readonly name: string
  readonly broken: Scenario
  readonly mended: Scenario
  readonly options: ExploreOptions
}

const examples: readonly Example[] = [
  { name: "dining-philosophers", broken: evening(leftFirst), mended: evening(lowerFirst), options: { strategy: "delayBounded", bound: 2 } },
  { name: "bank-transfer", broken: spending(lookThenTake), mended: spending(withdrawThenDeposit), options: { strategy: "pct", depth: 2, schedules: 1000 } },
  { name: "lost-wake-up", broken: morning(sleepy), mended: morning(wakeful), options: { strategy: "exhaustive" } },
  { name: "cache-stampede", broken: rush((database) => new PlainCache(database)), mended: rush((database) => new SingleFlightCache(database)), options: { strategy: "random", schedules: 1000 } },
]

describe.each(examples)("$name", ({ broken, mended, name, options }) => {
  it("prints what its README shows", { timeout: 60_000 }, async () => {
    expect(await runExample(name)).toEqual(endingOf(name))
  })

  it("has the diagram that its README shows", async () => {
    const shown = /^```mermaid\n([\s\S]*?)\n^```$/m.exec(read(`examples/${name}/README.md`))?.[1]
    const error: unknown = await explore(broken, { ...options, diagramDirectory: false }).then(undefined, (found: unknown) => found)
    expect(error).toBeInstanceOf(ExplorationError)
    expect((error as ExplorationError).diagram.trimEnd()).toBe(shown)
  })

  it("passes in the shipped order even if it is broken, and is mended for every strategy", async () => {
    expect((await explore(broken, { strategy: "delayBounded", bound: 0 })).schedules).toBe(1)
    for (const strategy of ["random", "pct", "delayBounded"] as const) {
      await explore(mended, { strategy, ...(strategy === "delayBounded" ? { bound: 2 } : { schedules: 500 }) })
    }
  })
})
