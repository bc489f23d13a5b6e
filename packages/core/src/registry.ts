/**
 * The list of all tasklets that have not ended: kept in debug mode, or while a tool is attached.
 *
 * It holds them weakly: a blocked tasklet that nobody can reach any more is collected, as in Stackless, and in debug mode
 * reported as a leak.
 */
import type { Tasklet } from "./tasklet.ts"

/** A tasklet that was collected while it waited: nobody could ever have woken it, and its `finally` blocks did not run. */
export interface Leak {
  readonly id: number
  readonly name: string
  /** Where it was created. */
  readonly createdAt: string | undefined
}

/** @internal */
export class Registry {
  private readonly known = new Map<number, WeakRef<Tasklet>>()
  private readonly watched: FinalizationRegistry<Leak> | null

  constructor(reportLeak: ((leak: Leak) => void) | null) {
    this.watched =
      reportLeak === null
        ? null
        : new FinalizationRegistry((leak) => {
            this.known.delete(leak.id)
            reportLeak(leak)
          })
  }

  add(tasklet: Tasklet): void {
    this.known.set(tasklet.id, new WeakRef(tasklet))
    this.watched?.register(tasklet, { id: tasklet.id, name: tasklet.name, createdAt: tasklet.details?.createdAt }, tasklet)
  }

  delete(tasklet: Tasklet): void {
    this.known.delete(tasklet.id)
    this.watched?.unregister(tasklet)
  }

  /** In the order of creation. */
  list(): Tasklet[] {
    const all: Tasklet[] = []
    for (const [id, reference] of this.known) {
      const tasklet = reference.deref()
      if (tasklet === undefined) this.known.delete(id)
      else all.push(tasklet)
    }
    return all
  }
}
