import { expect, it } from "vitest"
import { runFixture } from "./fixtures/run-fixture.ts"

it("two copies of the package share one scheduler, its current tasklet, operations, errors and markers", async () => {
  const { code, stderr, stdout } = await runFixture("two-copies.ts")
  expect(stderr).toBe("")
  expect(JSON.parse(stdout)).toEqual([
    "operations: true true",
    "current in both: true",
    "first copy receives nectar",
    "calls: 2",
    "group: 3",
    "all: 4,",
    "select: 5",
    "twin's finally",
    "inserted: by the first copy",
    "errors: true true false",
    "finally",
    "mains: 6,7",
  ])
  expect(code).toBe(0)
})

it("a copy with another protocol number is an error at load, not a second scheduler", async () => {
  const { code, stdout } = await runFixture("two-copies.ts", "another protocol")
  expect(JSON.parse(stdout)).toMatch(/protocol 1 .*protocol 99.*same major version/s)
  expect(code).toBe(0)
})

it("the realm lies under a global symbol that names its protocol", async () => {
  await import("@vivarium/core")
  expect(Reflect.get(globalThis, Symbol.for("vivarium.core/1"))).toMatchObject({ protocol: 1 })
})
