/** Applications as programs of their own: real signals, and the codes with which they really end. */
import { describe, expect, it } from "vitest"
import { type Cue, runSignalled } from "./fixtures/signalled-program.ts"

const orderly = "code 0, listeners 1 and 0, the own one first: true"

const cases: readonly (readonly [program: string, cues: readonly Cue[], code: number, lines: readonly string[]])[] = [
  ["serve", [["ready", "SIGTERM"]], 0, ["a bee is born", "ready", "the program's own listener", 'application "meadow": SIGTERM: it shuts down, which may take up to 30000 ms; a second signal kills it.', "a bee goes to sleep", "stop", orderly]],
  ["serve", [["ready", "SIGINT"]], 0, ["a bee is born", "ready", 'application "meadow": SIGINT: it shuts down, which may take up to 30000 ms; a second signal kills it.', "a bee goes to sleep", "stop", orderly]],
  ["end", [], 0, ["a bee is born", "a bee goes to sleep", "stop", orderly]],
  ["failedStart", [], 1, ["a bee is born", "a bee goes to sleep", "stop", 'application "meadow" was not started, for phase "cold" failed: Error: cold.', orderly.replace("code 0", "code 1")]],
  ["badConfiguration", [], 2, ['application "meadow" was not started, for its configuration is wrong:', "  VIVARIUM_TEST_BEES: is needed", orderly.replace("code 0", "code 2")]],
  ["badOptions", [], 2, ['application "meadow": deadlineMs must be milliseconds, 0 or more, or Infinity, got NaN. right: application({ name: "meadow", top: supervisor({ children: [child(Queen)] }) })', orderly.replace("code 0", "code 2")]],
  ["deadline", [["ready", "SIGTERM"]], 4, ["ready", "the program's own listener", 'application "meadow": SIGTERM: it shuts down, which may take up to 50 ms; a second signal kills it.', "told to end", 'application "meadow": its deadline of 50 ms has passed, so what is left is killed: Stubborn #2, supervisor #1.', orderly.replace("code 0", "code 4")]],
  ["stubborn", [["ready", "SIGTERM"], ["told to end", "SIGINT"]], 4, ["ready", "the program's own listener", 'application "meadow": SIGTERM: it shuts down, which may take up to 30000 ms; a second signal kills it.', "told to end", 'application "meadow": SIGINT came after SIGTERM, so what is left is killed: Stubborn #2, supervisor #1.', orderly.replace("code 0", "code 4")]],
  ["elsewhere", [], 0, ["a bee is born", "a bee goes to sleep", "stop", 'application "meadow" was not started, for phase "cold" failed: Error: cold.', orderly.replace("code 0", "code 1")]],
  // It is given a second to end by itself.
  ["held", [["ready", "SIGINT"]], 4, ["ready", 'application "meadow": SIGINT: it shuts down, which may take up to 50 ms; a second signal kills it.', "told to end", 'application "meadow": its deadline of 50 ms has passed, so what is left is killed: Stubborn #2, supervisor #1.', orderly.replace("code 0", "code 4")]],
]

// Each starts a program.
describe("a program that is an application", { timeout: 20_000 }, () => {
  it.each(cases)("%s, signalled %j, ends by itself with code %i", async (program, cues, code, lines) => {
    const ended = await runSignalled("application-program.ts", program, cues)
    // The two outputs are two pipes: which of them is read first is up to the host.
    expect({ ...ended, lines: [...ended.lines].sort() }).toEqual({ code, killedBy: null, lines: [...lines].sort() })
  })

  it("giveUp ends by itself with code 3", async () => {
    const { code, killedBy, lines } = await runSignalled("application-program.ts", "giveUp", [])
    expect([code, killedBy]).toEqual([3, null])
    expect(lines).toContainEqual(expect.stringMatching(/^application "meadow" has ended, for its tree has: shutdown/))
    expect(lines).toContain("stop")
  })
})
