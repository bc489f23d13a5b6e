/** `main()`: running on the host's event loop until a body has ended, or nothing can ever wake it. */
import { readFlag } from "./checks.ts"
import { DeadlockError, type WaitingTasklet } from "./errors.ts"
import type { Keeper } from "./event-loop.ts"
import { host } from "./host.ts"
import { throwInto } from "./kill.ts"
import { isHidden } from "./outside.ts"
import type { RunLoop } from "./run-loop.ts"
import { createWith } from "./start.ts"
import { BLOCKED, PAUSED } from "./state.ts"
import { statisticsOf } from "./statistics.ts"
import type { Tasklet } from "./tasklet.ts"
import type { TaskletOptions } from "./tasklet-options.ts"

/** Options of `main()`. */
export interface MainOptions extends TaskletOptions {
  /**
   * Says that nothing outside can wake anybody, but for promises, actions and timers that tasklets wait for: a deadlock is
   * then raised at once, instead of when the host has nothing left to do.
   */
  readonly closedWorld?: boolean
}

/** One `main()` that has not ended. */
interface MainRun {
  readonly tasklet: Tasklet
  readonly closedWorld: boolean
  readonly reject: (error: unknown) => void
}

/** The `main()` runs of one loop: they keep it draining, and are told when the world has come to rest. */
class Mains implements Keeper {
  private readonly loop: RunLoop
  private readonly runs = new Set<MainRun>()
  private stopListening: (() => void) | null = null

  constructor(loop: RunLoop) {
    this.loop = loop
  }

  get busy(): boolean {
    return this.runs.size > 0
  }

  /** Starts one, and stays until it has ended. */
  async run(tasklet: Tasklet, closedWorld: boolean): Promise<unknown> {
    this.stopListening ??= host.onIdle(() => {
      if (!this.loop.hasWork()) this.fail(true)
    })
    let one: MainRun | undefined
    try {
      return await new Promise((resolve, reject) => {
        one = { tasklet, closedWorld, reject }
        this.runs.add(one)
        this.loop.performOutside(tasklet.join()).then(resolve, reject)
        this.loop.resume()
      })
    } finally {
      if (one !== undefined) this.runs.delete(one)
      if (this.runs.size === 0) {
        this.stopListening?.()
        this.stopListening = null
        this.loop.events.rest()
      }
    }
  }

  rested(virtual: boolean): void {
    this.fail(virtual)
  }

  /** Fails the runs that wait: all of them, or only those that were promised a closed world. */
  private fail(all: boolean): void {
    const waiting = [...this.runs].filter(({ closedWorld, tasklet }) => (all || closedWorld) && (tasklet.state === BLOCKED || tasklet.state === PAUSED))
    // All are described before the first is woken.
    const failures = waiting.map((one) => ({ ...one, error: deadlock(this.loop, one.tasklet) }))
    for (const { error, reject, tasklet } of failures) {
      if (tasklet.hasAsyncBody) reject(error)
      else throwInto(tasklet, error, true)
    }
  }
}

function deadlock(loop: RunLoop, main: Tasklet): DeadlockError {
  const { blocked } = statisticsOf(loop)
  const listed = (loop.registry?.list() ?? []).filter((one) => (one.blocked || one.paused) && !isHidden(one))
  const all = listed.includes(main) ? listed : [main, ...listed]
  const waiting = all.map((one): WaitingTasklet => {
    return { id: one.id, name: one.name, waitingFor: one.waitingFor ?? "nothing", createdAt: one.details?.createdAt }
  })
  const hint = loop.registry === null ? " new Scheduler({ debug: true }) lists them all." : ""
  return new DeadlockError(`nothing can wake ${main.name}, which waits for ${main.waitingFor}`, blocked - loop.events.awaited, waiting, hint)
}

/** @internal A body and its arguments, or options before them. */
export function runMain(loop: RunLoop, first: unknown, rest: readonly unknown[]): Promise<unknown> {
  const plain = typeof first === "function"
  const options = (plain ? {} : first) as MainOptions | null | undefined
  const closedWorld = readFlag("closedWorld", options?.closedWorld)
  const tasklet = createWith(loop, options, plain ? [first, ...rest] : rest, ["name", "context", "closedWorld"])
  tasklet.detail().name = options?.name ?? "main"
  loop.launch(tasklet)
  const { events } = loop
  // Whichever copy of this package made it.
  const mains = (events.keeper as Mains | null) ?? new Mains(loop)
  events.keeper = mains
  return mains.run(tasklet, closedWorld)
}
