import { until } from "@vivarium/core"
import { reply } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { inWorld, serving } from "./fixtures/http-world.ts"
import { runFixture } from "./fixtures/run-fixture.ts"

// Each starts a program of its own, which takes half a second.
describe("a program that has nothing more to do ends by itself", () => {
  it.each(["served", "in order"])("after a server was closed: %s", async (what) => {
    expect(await runFixture("http-process-ends.ts", what)).toMatchObject({ code: 0, stdout: "done\n" })
  }, 30_000)

  it.each<[string, string, number]>([
    ["a small body", "unread", 1000],
    ["a large body", "unread", 20_000_000],
    ["a large body, half read", "endless", 20_000_000],
  ])("though it has not read %s to its end", async (_name, what, length) => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, "x".repeat(length)), function* (server) {
        expect(yield* until(runFixture("http-process-ends.ts", what, server.url))).toMatchObject({ code: 0, stdout: "done\n" })
      })
    })
  }, 30_000)
})
