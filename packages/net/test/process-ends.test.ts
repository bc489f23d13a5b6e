import { describe, expect, it } from "vitest"
import { runFixture } from "./fixtures/run-fixture.ts"

// A process each: that takes its time.
describe("nothing keeps Node alive after", () => {
  it.each([
    ["a server closed in order", "hello\n"],
    ["a server closed at once", ""],
    ["a TLS server closed with a client who never shakes hands", "hello\n"],
    ["a pair that is left alone", "hello\n"],
    ["a read that was killed", ""],
    ["connect that failed, listen that was killed", "connect_failed\n"],
  ])("%s", async (name, output) => {
    expect(await runFixture("process-ends.ts", name)).toMatchObject({ code: 0, stdout: `${output}end of file\n` })
  }, 30_000)
})
