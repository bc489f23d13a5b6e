import { describe, expect, it } from "vitest"
import { links } from "./fixtures/links.ts"
import { tasklet, select, schedule } from "@vivarium/core"

describe.each(links)("over $name", ({ talk }) => {
  it("talks", async () => {
    await talk(function* (left, right) {
      yield* left.write("hello\nworld\n")
      expect(yield* right.readLine()).toBe("hello")
      expect(yield* right.readLine()).toBe("world")
    })
  })
  it("reads reads", async () => {
    await talk(function* (left, right) {
      let outcome: unknown
      const a = tasklet(function* () {
        try {
          yield* select({ one: right.readBytes(5, { timeoutMs: 5 }), two: right.readLine({ timeoutMs: 5 }) })
        } catch (error) {
          outcome = (error as Error).message
        }
      })
      const b = tasklet(function* () {
        return yield* right.readLine({ timeoutMs: 50 })
      })
      yield* a
      expect(outcome).toMatch(/5 ms/)
      yield* left.write("for b\n")
      expect(yield* b).toBe("for b")
    })
  })
  it("small high water", async () => {
    await talk({ highWaterBytes: 10 }, function* (left, right) {
      yield* left.write("x".repeat(20))
      const w = tasklet(() => left.write("y".repeat(200)))
      yield* schedule()
      const got = yield* select({ bytes: right.readBytes(100), closed: right.closed })
      expect(got.key).toBe("bytes")
      yield* w
      expect(right.statistics().unread).toBe(120)
    })
  })
})
