import { type ChildProcess, spawn } from "node:child_process"
import { root } from "../repository/files.ts"

/** How a program ended, and what it wrote. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A program that is running. */
export interface Program {
  readonly child: ChildProcess
  readonly ended: Promise<Ending>
  /** Waits until the program has written something to this stream that matches. */
  readonly printed: (stream: "stdout" | "stderr", pattern: RegExp) => Promise<void>
}

/** Starts what `command` says, with the Node that runs the tests, from the root of the repository. */
export function start(command: string, args: readonly string[]): Program {
  const [node, ...words] = command.split(" ")
  if (node !== "node") throw new Error(`expected a command that begins with node, got ${command}`)
  const env = { ...process.env, NODE_OPTIONS: "" }
  const child = spawn(process.execPath, [...words, ...args], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] })
  const written = { stdout: "", stderr: "" }
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      written[stream] += text
    })
  }
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => resolve({ code, signal, ...written }))
  })
  const printed = (stream: "stdout" | "stderr", pattern: RegExp): Promise<void> => {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(written[stream])) resolve()
      }
      child[stream].on("data", look)
      child.on("close", () => reject(new Error(`${String(pattern)} was not printed: ${written[stream]}`)))
      look()
    })
  }
  return { child, ended, printed }
}
