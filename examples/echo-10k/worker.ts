/** A process of its own, which does what it is asked, one thing at a time, and answers. */
import { channel, type Routine, type Scheduler } from "@vivarium/core"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { withDescriptors } from "./descriptors.ts"

interface Task {
  readonly do: string
}

type Answer = { readonly value: unknown } | { readonly error: string }

/** The near side. */
export class Worker<T extends Task, A extends Record<T["do"], unknown>> {
  readonly #child
  #settle: ((answer: Answer) => void) | undefined

  /** Starts a program, with so many descriptors. */
  constructor(file: URL, descriptors: number) {
    const program = fileURLToPath(file)
    const [command, args] = withDescriptors(descriptors, process.execPath, [...process.execArgv, "--expose-gc", program])
    this.#child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] })
    this.#child.on("message", (answer: Answer) => this.#settle?.(answer))
    this.#child.on("error", (error) => this.#settle?.({ error: String(error) }))
    this.#child.on("exit", (code, signal) => this.#settle?.({ error: `${program} has ended: ${signal ?? code}` }))
  }

  ask<D extends T["do"]>(task: T & { readonly do: D }): Promise<A[D]> {
    return new Promise((resolve, reject) => {
      this.#settle = (answer) => {
        this.#settle = undefined
        if ("error" in answer) reject(new Error(answer.error))
        else resolve(answer.value as A[D])
      }
      this.#child.send(task)
    })
  }

  /** It ends when it has nothing left to do. */
  dismiss(): void {
    if (this.#child.connected) this.#child.disconnect()
  }
}

/** The far side: performs the tasks that come, until nobody asks any more. */
export function work<T extends Task>(scheduler: Scheduler, perform: (task: T) => Routine<unknown>): Promise<void> {
  return scheduler.main(function* () {
    const tasks = channel<T>({ capacity: 1 })
    process.on("message", (task: T) => tasks.trySend(task))
    process.on("disconnect", () => process.exit())
    yield* tasks.each(function* (task) {
      let answer: Answer
      try {
        answer = { value: yield* perform(task) }
      } catch (error) {
        answer = { error: String(error) }
      }
      process.send?.(answer)
    })
  })
}
