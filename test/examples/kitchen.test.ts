// The program is really run, in a process of its own: that is why this test is slow.
import { expect, it } from "vitest"
import { endingOf, runExample } from "./story.ts"

it("the kitchen prints what its README shows", { timeout: 60_000 }, async () => {
  expect(await runExample("kitchen")).toEqual(endingOf("kitchen"))
})
