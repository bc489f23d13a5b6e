/** Runs a program in a process of its own and tells how it ended. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program that has not ended after twenty seconds is ended: its code is null then. */
export function runProgram(program: URL, ...args: readonly string[]): Promise<Ended> {
  const path = fileURLToPath(program)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--conditions=@vivarium/source", "--no-warnings", path, ...args], { timeout: 20_000, killSignal: "SIGKILL" })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, stdout, stderr }))
  })
}
