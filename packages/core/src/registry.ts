/**
 * The list of all tasklets that have not ended: kept in debug mode, or while a tool is attached.
 *
 * It holds them weakly: a blocked tasklet that nobody can reach any more is collected, as in Stackless, and in debug mode
 * reported as a leak.
 */
import type { Leak } from "./reports.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal */
export class Registry {
  private readonly known = new Map<number, WeakRef<Tasklet>>()
  private readonly watched: FinalizationRegistry<Leak>
  /** Whether it has been there from the start, in debug mode: then it knows every tasklet, and where it was created. */
  readonly complete: boolean

  constructor(reportLeak: ((leak: Leak) => void) | null) {
    this.complete = reportLeak !== null
    this.watched = new FinalizationRegistry((leak) => {
      this.known.delete(leak.id)
      reportLeak?.(leak)
    })
  }

  add(tasklet: Tasklet): void {
    if (this.complete) tasklet.detail().createdAt = placeOf(new Error("created here"))
    this.known.set(tasklet.id, new WeakRef(tasklet))
    this.watched.register(tasklet, { id: tasklet.id, name: tasklet.name, createdAt: tasklet.details?.createdAt }, tasklet)
  }

  delete(tasklet: Tasklet): void {
    this.known.delete(tasklet.id)
    this.watched.unregister(tasklet)
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

/** The first line of a stack that lies outside of this package. */
function placeOf(error: Error): string | undefined {
  const lines = (error.stack ?? "").split("\n").slice(1)
  const line = lines.find((one) => !/[\\/]packages[\\/]core[\\/](src|dist)[\\/]|@vivarium[\\/]core/.test(one))
  return line?.trim()
}
