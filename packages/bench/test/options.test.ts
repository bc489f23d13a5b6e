import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { readOptions, UsageError } from "../src/options.ts"
import { workloads } from "../src/registry.ts"

describe("readOptions()", () => {
  it("takes a name at its default size", () => {
    expect(readOptions(["ring"])).toMatchObject({ kind: "one", workload: { name: "ring" }, size: 2_000_000 })
  })

  it("takes a name and a size", () => {
    expect(readOptions(["ring", "7"])).toMatchObject({ kind: "one", size: 7 })
  })

  it("takes no name as the table of all rows", () => {
    expect(readOptions([])).toMatchObject({ kind: "table", options: { best: 3, rows: workloads, rivals: false } })
  })

  it("picks rows", () => {
    const command = readOptions(["--only", "ring, deep", "--best", "2", "--rivals"])
    expect(command).toMatchObject({
      kind: "table",
      options: { best: 2, rivals: true, rows: [{ name: "ring" }, { name: "deep" }] },
    })
  })

  it("knows --help before anything else", () => {
    expect(readOptions(["--help", "nonsense"])).toEqual({ kind: "help" })
  })

  it.each([
    [["nonsense"], /Unknown workload "nonsense".\nAllowed workloads: pingpong, ring,/],
    [["--only", "ring,nonsense"], /Unknown workload "nonsense"/],
    [["ring", "many"], /size of ring must be a whole number .* got "many"/],
    [["ring", "0"], /got "0"/],
    [["ring", "1.5"], /got "1.5"/],
    [["fanin", "25"], /size of fanin must be a multiple of 10/],
    [["skynet", "500"], /size of skynet must be a power of 10/],
    [["ring", "1", "2"], /At most NAME and SIZE are taken, got ring 1 2/],
    [["ring", "--best", "2"], /use --only ring instead/],
    [["--best", "0"], /--best must be a whole number from 1 to 100, got "0"/],
    [["--best"], /Allowed options: --best/],
    [["--core", "first"], /--core must be a whole number/],
    [["--nonsense"], /Unknown option '--nonsense'.*\nAllowed options: --best, --rivals/],
  ])("refuses %j and says what is allowed", (argv, message) => {
    expect(() => readOptions(argv)).toThrow(UsageError)
    expect(() => readOptions(argv)).toThrow(message)
  })
})

describe("the command line", () => {
  it("ends with 2 and prints nothing on stdout when it is called wrongly", () => {
    const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "nonsense"], { encoding: "utf8" })
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" })
    expect(stderr).toContain("Allowed workloads:")
  })
})
