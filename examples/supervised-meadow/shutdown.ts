/** The end of the hive: who ended, in which order, as the supervisors report it. */
import type { Application, ApplicationOutcome } from "@vivarium/supervision"
import { count } from "../bees-and-flowers/figures.ts"
import { hasEnded } from "./accounts.ts"

/** Listens from the moment at which an application begins to shut down. */
export class Shutdown {
  /** Children of the hive, each with how many had ended below it. */
  readonly #ended = new Map<string, number>()
  readonly #below = new Map<number, number>()

  constructor(app: Application) {
    app.system.events.on("supervisor", ({ context, offender, supervisor }) => {
      if (app.state !== "stopping" || offender === undefined) return
      const id = String(offender.id)
      if (!hasEnded(context)) this.#ended.delete(id)
      else if (supervisor.id === app.top.id) this.#ended.set(id, this.#below.get(offender.ref?.id ?? 0) ?? 0)
      else this.#below.set(supervisor.id, (this.#below.get(supervisor.id) ?? 0) + 1)
    })
  }

  /** How it went. */
  inWords({ code, signal, why }: ApplicationOutcome, deadlineMs: number): string {
    if (code !== 0) return `The hive did not shut down in order: ${why}`
    const order = [...this.#ended].map(([id, below]) => (below === 0 ? id : `${id} (${below})`))
    const cause = signal === undefined ? "In the evening" : `Stopped by ${signal},`
    return `${cause} the hive shut down in order, within its deadline of ${count(deadlineMs)} ms: ${order.join(", ")}.`
  }
}
