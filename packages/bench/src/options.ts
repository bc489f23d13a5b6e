// Reads the command line. Every error is a UsageError whose text says what is allowed.

import { parseArgs, type ParseArgsConfig } from "node:util"
import { findWorkload, workloads } from "./registry.ts"
import type { Workload } from "./workload.ts"

export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = "UsageError"
  }
}

export interface TableOptions {
  readonly best: number
  readonly rows: readonly Workload[]
  readonly rivals: boolean
  readonly markdown: boolean
  readonly json: string | undefined
  readonly core: number | undefined
}

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "one"; readonly workload: Workload; readonly size: number }
  | { readonly kind: "table"; readonly options: TableOptions }

const flags = {
  best: { type: "string", default: "3" },
  rivals: { type: "boolean", default: false },
  only: { type: "string" },
  json: { type: "string" },
  markdown: { type: "boolean", default: false },
  core: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const

export function readOptions(argv: readonly string[]): Command {
  const { values, positionals } = parseFlags(argv, flags)
  if (values.help) return { kind: "help" }
  const [name, size, ...rest] = positionals
  if (rest.length > 0) throw new UsageError(`At most NAME and SIZE are taken, got ${positionals.join(" ")}.`)
  if (name !== undefined) {
    const tableFlag = argv.find((word) => word.startsWith("-") && word !== "--")
    if (tableFlag !== undefined) {
      throw new UsageError(`${tableFlag} belongs to the table, which takes no NAME: use --only ${name} instead.`)
    }
    const workload = named(name)
    return { kind: "one", workload, size: size === undefined ? workload.defaultSize : readSize(workload, size) }
  }
  return {
    kind: "table",
    options: {
      best: wholeNumber("--best", values.best, 1, 100),
      rows: values.only === undefined ? workloads : values.only.split(",").map((row) => named(row.trim())),
      rivals: values.rivals,
      markdown: values.markdown,
      json: values.json,
      core: values.core === undefined ? undefined : wholeNumber("--core", values.core, 0, 1_023),
    },
  }
}

export function helpText(): string {
  const rows = workloads.map(
    ({ name, defaultSize, operation }) =>
      `  ${name.padEnd(15)} ${defaultSize.toLocaleString("en-US").padStart(9)}  ${operation}`,
  )
  return `Usage: bench NAME [SIZE]      run one workload in this process and print its line:
                              NAME <seconds> <ops> <ns-per-op> <peak-rss-MB> [extra]
       bench [options]        run all workloads, each in its own process, and print a table
       bench net [options]    servers beside their rivals on loopback; bench net --help tells its own options

Options of the table:
  --best N         rounds; the best of them counts (1 to 100, default 3)
  --only A,B       these rows only
  --rivals         the same workloads on Go, Erlang, Stackless Python, gevent and JavaScript libraries, interleaved
  --core N         pin everything to this core where taskset exists (default: the last core)
  --markdown       print the tables as Markdown
  --json FILE      write every single figure to FILE
  --help           this text

Workloads, with default size and what one operation is:
${rows.join("\n")}
`
}

type Flags = NonNullable<ParseArgsConfig["options"]>

interface Spec<F extends Flags> {
  readonly args: string[]
  readonly options: F
  readonly allowPositionals: true
  readonly strict: true
}

/** What parseArgs makes of the words; a word that it does not know is a UsageError which names the flags. */
export function parseFlags<const F extends Flags>(argv: readonly string[], flags: F): ReturnType<typeof parseArgs<Spec<F>>> {
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: true, strict: true })
  } catch (error) {
    // parseArgs tells what it did not understand; what is allowed is ours to say.
    const reason = error instanceof Error ? error.message : String(error)
    const allowed = Object.keys(flags).map((flag) => `--${flag}`)
    throw new UsageError(`${reason}\nAllowed options: ${allowed.join(", ")}.`)
  }
}

function named(name: string): Workload {
  const workload = findWorkload(name)
  if (workload !== undefined) return workload
  const allowed = workloads.map((each) => each.name).join(", ")
  throw new UsageError(`Unknown workload ${JSON.stringify(name)}.\nAllowed workloads: ${allowed}.`)
}

function readSize(workload: Workload, text: string): number {
  const size = /^\d+$/.test(text) ? Number(text) : 0
  if (size >= 1 && workload.sizes.allows(size)) return size
  throw new UsageError(`The size of ${workload.name} must be ${workload.sizes.text}, got ${JSON.stringify(text)}.`)
}

export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`${flag} must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}.`)
}
