import { measure } from "./measure.ts"
import { formatLine } from "./measurement.ts"
import { helpText, readOptions, UsageError } from "./options.ts"
import { printTables } from "./tables.ts"

async function runCommand(argv: readonly string[]): Promise<number> {
  const command = readOptions(argv)
  if (command.kind === "help") {
    process.stdout.write(helpText())
    return 0
  }
  if (globalThis.gc === undefined) {
    throw new UsageError("Node must be started with --expose-gc: each figure begins on a collected heap.")
  }
  if (command.kind === "table") return printTables(command.options)
  process.stdout.write(`${formatLine(await measure(command.workload, command.size))}\n`)
  return 0
}

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\nbench --help explains all of it.\n`)
  process.exitCode = 2
}
