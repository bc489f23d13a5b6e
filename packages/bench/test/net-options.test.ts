import { describe, expect, it } from "vitest"
import { netHelpText, readNetOptions } from "../src/net/options.ts"
import { netRivals, netVivarium } from "../src/net/systems.ts"
import { netWorkloads } from "../src/net/workloads.ts"
import { UsageError } from "../src/options.ts"

describe("readNetOptions()", () => {
  it("takes all workloads against all rivals without an option", () => {
    expect(readNetOptions([])).toEqual({
      kind: "table",
      options: {
        best: 3,
        workloads: netWorkloads,
        rivals: netRivals,
        sizes: { requests: 20_000, connections: 10_000 },
        markdown: false,
        json: undefined,
        serverCore: undefined,
        clientCore: undefined,
      },
    })
  })

  it("picks workloads and rivals, in the order given", () => {
    const command = readNetOptions(["--only", "echo, hello-http", "--against", "go,node", "--best", "2"])
    expect(command).toMatchObject({
      options: { best: 2, workloads: [{ name: "echo" }, { name: "hello-http" }], rivals: [{ id: "go" }, { id: "node" }] },
    })
  })

  it("takes sizes, cores and the forms of the output", () => {
    const argv = ["--requests", "7", "--connections", "12", "--server-core", "0", "--client-core", "3", "--markdown", "--json", "a.json"]
    expect(readNetOptions(argv)).toMatchObject({
      options: { sizes: { requests: 7, connections: 12 }, serverCore: 0, clientCore: 3, markdown: true, json: "a.json" },
    })
  })

  it("knows --help before anything else", () => {
    expect(readNetOptions(["--help", "nonsense"])).toEqual({ kind: "help" })
  })

  it.each([
    [["hello-http"], /takes options only, got hello-http: name workloads by --only/],
    [["--only", "nonsense"], /Unknown workload "nonsense".\nAllowed workloads: hello-http, echo, connect-close, ten-thousand\./],
    [["--against", "deno"], /Unknown rival "deno".\nAllowed rivals: node, fastify, go, gevent\./],
    [["--requests", "0"], /--requests must be a whole number from 1 to 1000000, got "0"/],
    [["--connections", "many"], /--connections must be a whole number/],
    [["--best", "0"], /--best must be a whole number from 1 to 100, got "0"/],
    [["--server-core", "-1"], /--server-core/],
    [["--rivals"], /Unknown option '--rivals'.*\nAllowed options: --best, --only, --against, --requests/],
  ])("refuses %j and says what is allowed", (argv, message) => {
    expect(() => readNetOptions(argv)).toThrow(UsageError)
    expect(() => readNetOptions(argv)).toThrow(message)
  })
})

describe("the help text", () => {
  it.each(netWorkloads)("tells of $name", ({ name }) => {
    expect(netHelpText()).toContain(`  ${name} `)
  })
})

describe("the servers", () => {
  it("are ours for every row", () => {
    const rows = netWorkloads.flatMap(({ served }) => served.map(({ name }) => name))
    expect([...netVivarium.rows].toSorted()).toEqual(rows.toSorted())
  })

  it.each(netWorkloads.flatMap(({ served }) => served))("have a rival for row $name", ({ name, variantOf }) => {
    expect(netRivals.filter(({ rows }) => rows.has(variantOf ?? name))).not.toEqual([])
  })

  it.each([
    ["hello-http", "http"],
    ["hello-http-web", "http-web"],
    ["echo-lines", "tcp-lines"],
    ["ten-thousand-tcp", "tcp"],
  ])("are started for row %s as %s", (row, kind) => {
    expect(netVivarium.command(row).arguments.at(-1)).toBe(kind)
  })
})
