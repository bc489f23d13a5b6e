import { measure } from "./measure.ts"
import { formatLine } from "./measurement.ts"
import { netHelpText, readNetOptions } from "./net/options.ts"
import { printNetTables } from "./net/tables.ts"
import { helpText, readOptions, UsageError } from "./options.ts"
import { printTables } from "./tables.ts"

async function runCommand(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv
  if (first === "net") return runNetCommand(rest)
  const command = readOptions(argv)
  if (command.kind === "help") return print(helpText())
  requireCollector()
  if (command.kind === "table") return printTables(command.options)
  return print(`${formatLine(await measure(command.workload, command.size))}\n`)
}

async function runNetCommand(argv: readonly string[]): Promise<number> {
  const command = readNetOptions(argv)
  if (command.kind === "help") return print(netHelpText())
  requireCollector()
  return printNetTables(command.options)
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function requireCollector(): void {
  if (globalThis.gc === undefined) {
    throw new UsageError("Node must be started with --expose-gc: each figure begins on a collected heap.")
  }
}

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\nbench --help and bench net --help explain all of it.\n`)
  process.exitCode = 2
}
