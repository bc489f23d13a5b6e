import { channel, run, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"

describe("a body that returns a tasklet", () => {
  it("joins it, and is killed at once where it waits", () => {
    const flower = channel<number>()
    const bee = tasklet(() => flower.receive())
    const follower = tasklet(() => bee)
    const second = tasklet(() => bee)
    run()
    follower.kill()
    expect(follower.alive).toBe(false)
    flower.trySend(5)
    let result: unknown
    tasklet(function* () {
      result = yield* second
    })
    run()
    expect(result).toBe(5)
  })
})
