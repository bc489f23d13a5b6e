import { execFile } from "node:child_process"
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { root } from "../repository/files.ts"
import { type Snippet, fileNameOf } from "./extract.ts"

/**
 * Inside the test package, so that programs there find our packages; git and the other checks leave it out. One for each process, so that
 * two runs of the tests do not get into each other's way.
 */
const folder = join(root, "test/.snippets", String(process.pid))

/** How a child process ended. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs Node, the one that runs the tests, and never raises for what the program does. */
function node(args: readonly string[]): Promise<Outcome> {
  // The cache spares each program the work of stripping and compiling our sources again: a third of the time is left.
  const env = { ...process.env, NODE_OPTIONS: "", FORCE_COLOR: "0", NODE_COMPILE_CACHE: join(folder, "compiled") }
  const options = { cwd: folder, timeout: 30_000, env }
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
}

/** Writes every snippet to a file of its own, on the same lines as in its document, so that every message names the right line. */
export async function layOut(snippets: readonly Snippet[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  const configuration = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: { noEmit: true, noUnusedLocals: false, noUnusedParameters: false },
    files: snippets.filter(({ unchecked }) => unchecked === undefined).map(fileNameOf),
  }
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(configuration, undefined, 2))
  for (const snippet of snippets) {
    await writeFile(join(folder, fileNameOf(snippet)), `${"\n".repeat(snippet.line - 1)}${snippet.code}\n`)
  }
}

/** Takes the files away again. */
export function cleanUp(): Promise<void> {
  return rm(folder, { recursive: true })
}

/** What the compiler says of all snippets together, one message a line; empty if all is well. */
export async function typecheck(): Promise<string[]> {
  const compiler = join(root, "node_modules/@typescript/native/bin/tsc")
  const { stdout, stderr, code } = await node([compiler, "-p", folder, "--pretty", "false"])
  return code === 0 ? [] : `${stdout}${stderr}`.trim().split("\n")
}

/** Runs one snippet against the sources. */
export function execute(snippet: Snippet): Promise<Outcome> {
  return node(["--conditions=@vivarium/source", join(folder, fileNameOf(snippet))])
}
