import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const fixture = fileURLToPath(new URL("fixtures/supervised.node.ts", import.meta.url))

/** Takes away what only newer versions of Node have. */
const older = `data:text/javascript,import module from "node:module"; import nodeTest from "node:test"; nodeTest.getTestContext = undefined; module.syncBuiltinESMExports()`

describe("startSupervised() in node:test", () => {
  it.each([
    ["this version", []],
    ["an older version", ["--import", older]],
  ])("of %s knows the test that runs, stops its tree after it, and fails it by what goes wrong then", { timeout: 20_000 }, (_version, flags) => {
    const { stdout } = spawnSync(process.execPath, ["--conditions=@vivarium/source", ...flags, "--test-reporter=tap", fixture], { encoding: "utf8", env: { ...process.env, NODE_TEST_CONTEXT: undefined } })
    const results = stdout.split("\n").map((line) => line.trim()).filter((line) => /^(not )?ok /.test(line))
    expect(results).toEqual([
      "ok 1 - starts what a test needs",
      "ok 2 - has stopped it afterwards, in reverse order",
      "ok 1 - a test inside",
      "ok 3 - takes the context of a test",
      "not ok 4 - fails by what goes wrong afterwards",
      "not ok 1 - in node:test",
    ])
    expect(stdout).toContain("Hive #2 crashed while it was stopped: Error: dropped the jar.")
  })
})
