// A system is whatever runs the workloads: this library, or a rival. To the table it is a command for each row.

import { spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface Command {
  readonly file: string
  readonly arguments: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** Either it can run, or `cure` says what would make it run. */
export type Readiness =
  | { readonly ready: true; readonly version: string }
  | { readonly ready: false; readonly cure: string }

export interface System {
  readonly id: string
  readonly title: string
  /** Looks whether the system is installed and builds or installs what its programs need. */
  prepare(): Promise<Readiness>
  /** The rows that this system has. A row that is missing has no meaning there, or would be another row's work. */
  readonly rows: ReadonlySet<string>
  command(row: string): Command
}

/** The folder of this package. */
export const packageRoot: string = fileURLToPath(new URL("../../", import.meta.url))

/** Runs a command to its end and returns what it printed; undefined if it is missing or fails. */
export function outputOf(file: string, ...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(file, words, { encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}

/** Runs a command of a build with its messages shown on stderr; false if it fails. */
export function build(file: string, words: readonly string[], cwd: string): boolean {
  return spawnSync(file, words, { cwd, stdio: ["ignore", 2, 2] }).status === 0
}

/** Runs one measurement and returns its line. The programs print one line; what else they print is for their errors. */
export async function runCommand(command: Command): Promise<string> {
  const child = spawn(command.file, command.arguments, {
    cwd: packageRoot,
    env: { ...process.env, ...command.environment },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  let errors = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
  if (code !== 0) {
    const lastWords = errors.trim().split("\n").slice(-5).join("\n")
    throw new Error(`${command.file} ended with ${code ?? "a signal"}: ${lastWords || output.trim()}`)
  }
  return output.trim()
}
