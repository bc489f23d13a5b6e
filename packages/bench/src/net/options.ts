// Reads what stands behind `bench net`.

import { parseFlags, UsageError, wholeNumber } from "../options.ts"
import { netRivals } from "./systems.ts"
import type { System } from "../systems/system.ts"
import { type NetWorkload, netWorkloads, type Sizes } from "./workloads.ts"

export interface NetOptions {
  readonly best: number
  readonly workloads: readonly NetWorkload[]
  readonly rivals: readonly System[]
  readonly sizes: Sizes
  readonly markdown: boolean
  readonly json: string | undefined
  readonly serverCore: number | undefined
  readonly clientCore: number | undefined
}

export type NetCommand = { readonly kind: "help" } | { readonly kind: "table"; readonly options: NetOptions }

const flags = {
  best: { type: "string", default: "3" },
  only: { type: "string" },
  against: { type: "string" },
  requests: { type: "string", default: "20000" },
  connections: { type: "string", default: "10000" },
  "server-core": { type: "string" },
  "client-core": { type: "string" },
  markdown: { type: "boolean", default: false },
  json: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const

export function readNetOptions(argv: readonly string[]): NetCommand {
  const { values, positionals } = parseFlags(argv, flags)
  if (values.help) return { kind: "help" }
  if (positionals.length > 0) throw new UsageError(`bench net takes options only, got ${positionals.join(" ")}: name workloads by --only.`)
  const core = (flag: "server-core" | "client-core"): number | undefined => {
    const text = values[flag]
    return text === undefined ? undefined : wholeNumber(`--${flag}`, text, 0, 1_023)
  }
  return {
    kind: "table",
    options: {
      best: wholeNumber("--best", values.best, 1, 100),
      workloads: chosen("workload", values.only, netWorkloads, ({ name }) => name),
      rivals: chosen("rival", values.against, netRivals, ({ id }) => id),
      sizes: {
        requests: wholeNumber("--requests", values.requests, 1, 1_000_000),
        connections: wholeNumber("--connections", values.connections, 1, 100_000),
      },
      markdown: values.markdown,
      json: values.json,
      serverCore: core("server-core"),
      clientCore: core("client-core"),
    },
  }
}

/** Those that the comma-separated text names, in its order; all without it. */
function chosen<T>(what: string, text: string | undefined, all: readonly T[], nameOf: (one: T) => string): readonly T[] {
  if (text === undefined) return all
  return text.split(",").map((word) => {
    const found = all.find((one) => nameOf(one) === word.trim())
    if (found !== undefined) return found
    throw new UsageError(`Unknown ${what} ${JSON.stringify(word.trim())}.\nAllowed ${what}s: ${all.map(nameOf).join(", ")}.`)
  })
}

export function netHelpText(): string {
  const rows = netWorkloads.map(({ name, operation }) => `  ${name.padEnd(15)} ${operation}`)
  return `Usage: bench net [options]    drive servers on loopback, each in its own process, from one client, and print tables

Options:
  --best N           rounds; the best pass of them counts (1 to 100, default 3)
  --only A,B         these workloads only
  --against A,B      these rivals only (default all: ${netRivals.map(({ id }) => id).join(", ")})
  --requests N       requests of a pass (default 20,000)
  --connections N    connections of ten-thousand (default 10,000)
  --server-core N    pin the servers to this core where taskset exists (default: the last)
  --client-core N    pin the client to this core (default: the one before)
  --markdown         print the tables as Markdown
  --json FILE        write every single figure to FILE
  --help             this text

Workloads:
${rows.join("\n")}
`
}
