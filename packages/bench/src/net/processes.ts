// The two processes that a figure needs, as the harness sees them: the server, asked by lines, and the client, asked by messages.

import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { type Command, packageRoot } from "../systems/system.ts"
import type { ClientAnswer, ClientTask } from "./client.ts"
import type { Taken } from "./driver.ts"

/** No step takes longer; one that does is given up, with its processes. */
const patienceMs = 120_000

/** When all is said that the process had to say. One whose channel for messages this side has closed never tells that. */
function endOf(child: ChildProcess): "close" | "exit" {
  return child.stdin === null ? "exit" : "close"
}

/** Runs to its end, or is given up when the process ends or patience does. */
async function within<T>(child: ChildProcess, title: string, errors: () => string, step: Promise<T>): Promise<T> {
  const end = endOf(child)
  const over = new AbortController()
  const trouble = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`${title} gave no answer in ${patienceMs / 1_000} s.`)), patienceMs)
    const ended = (): void => reject(new Error(`${title} ended: ${errors()}`))
    child.once(end, ended).once("error", reject)
    over.signal.addEventListener("abort", () => {
      clearTimeout(timer)
      child.off(end, ended).off("error", reject)
    })
  })
  try {
    return await Promise.race([step, trouble])
  } finally {
    over.abort()
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise((resolve) => child.once(endOf(child), resolve))
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000)
  await gone
  clearTimeout(timer)
}

/** What a server says of itself: `cpu-us`, `rss`, `peak`, and `live` and `young` where it runs on V8. */
export type Usage = ReadonlyMap<string, number>

export class ServerProcess {
  readonly #child
  readonly #title: string
  readonly #lines: AsyncIterator<string>
  #errors = ""

  private constructor(title: string, command: Command) {
    this.#title = title
    this.#child = spawn(command.file, command.arguments, {
      cwd: packageRoot,
      env: { ...process.env, ...command.environment },
      stdio: ["pipe", "pipe", "pipe"],
    })
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors = `${this.#errors}${text}`.slice(-2_000)))
    // A server that has ended is told of by its answer that does not come.
    this.#child.stdin.on("error", () => {})
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Returns when it listens. */
  static async start(title: string, command: Command): Promise<{ readonly server: ServerProcess; readonly port: number }> {
    const server = new ServerProcess(title, command)
    const port = Number(/^listening (\d+)$/.exec(await server.#line())?.[1])
    return { server, port }
  }

  async usage(): Promise<Usage> {
    const pairs = (await this.#ask("usage")).split(" ").slice(1).map((pair) => pair.split("="))
    return new Map(pairs.map(([key = "", value]) => [key, Number(value)]))
  }

  /** Collects garbage where the runtime can be asked to. */
  async collect(): Promise<void> {
    await this.#ask("collect")
  }

  async stop(): Promise<void> {
    this.#child.stdin.end()
    await stopped(this.#child)
  }

  async #ask(question: string): Promise<string> {
    this.#child.stdin.write(`${question}\n`)
    return this.#line()
  }

  async #line(): Promise<string> {
    const { value } = await within(this.#child, this.#title, () => this.#errors.trim(), this.#lines.next())
    if (typeof value !== "string") throw new Error(`${this.#title} ended: ${this.#errors.trim()}`)
    return value
  }
}

export class ClientProcess {
  readonly #child

  constructor(command: Command) {
    this.#child = spawn(command.file, command.arguments, { cwd: packageRoot, stdio: ["ignore", "inherit", "inherit", "ipc"] })
  }

  async perform(task: ClientTask): Promise<Taken | undefined> {
    const answer = new Promise<ClientAnswer>((resolve) => this.#child.once("message", (message) => resolve(message as ClientAnswer)))
    this.#child.send(task)
    const got = await within(this.#child, "The client", () => "see above", answer)
    if ("error" in got) throw new Error(got.error)
    return got.taken
  }

  /** For tasks that end with figures. */
  async measure(task: ClientTask): Promise<Taken> {
    const taken = await this.perform(task)
    if (taken === undefined) throw new Error(`${task.do} has no figures.`)
    return taken
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await stopped(this.#child)
  }
}
