import { expect, it } from "vitest"

it("runs the tests against the sources, not against a dist that may be stale", () => {
  expect(import.meta.resolve("@vivarium/core")).toMatch(/packages\/core\/src\/index\.ts$/)
  expect(import.meta.resolve("@vivarium/core/lowlevel")).toMatch(/packages\/core\/src\/lowlevel\.ts$/)
})
