/**
 * The gateway: what the rest of the program talks to. It is always there, and always answers soon.
 *
 *   waiting ── connected ──> open          calls are passed on
 *      ^                      │
 *      └──── connection lost ─┘
 *   waiting: calls are put off, for the connection may be back in a moment; but not too many, and not for long
 *      └── stateTimeout ──> closed         calls are refused at once
 *   closed ── connected ──> open
 *
 * It knows of the connection by a monitor alone. To bring it back is the supervisor's work.
 */
import { type ExitReason, keep, type Later, type MachineEvent, next, postpone, type Ref, refuse, StateMachine, stateTimeout, type Transition } from "@vivarium/actors"
import type { Connection } from "./connection.ts"

export type Circuit = "waiting" | "open" | "closed"

export interface Limits {
  /** How many calls are put off. */
  readonly queue: number
  /** How long they are put off, in milliseconds. */
  readonly patienceMs: number
}

interface Data {
  /** How many calls are put off. */
  readonly queued: number
  /** Of the state `open`. */
  readonly connection?: Ref<Connection>
  /** Those whose calls were passed on. */
  readonly asking: readonly Later<string>[]
}

interface Calls {
  /** Raises CallError with the code `refused` while the upstream is unavailable. */
  ask(question: string): string
  /** The connection is there. */
  connected(connection: Ref<Connection>): void
}

type Event = MachineEvent<Circuit, Calls>
type Result = Transition<Circuit, Data>

const NOBODY: Data = { queued: 0, asking: [] }

export class Gateway extends StateMachine<Circuit, Data, Calls> {
  #limits!: Limits
  #tell!: (news: string) => void

  init(limits: Limits, tell: (news: string) => void) {
    this.#limits = limits
    this.#tell = tell
    return this.#wait()
  }

  handle(event: Event, state: Circuit, data: Data): Result {
    if (event.type === "cast" && event.name === "connected") return this.#open(event.args[0])
    if (event.type === "down") return this.#lost(event.from, event.reason, data)
    if (event.type === "stateTimeout") {
      this.#tell(`closed: there is no connection; ${data.queued} calls that waited are refused`)
      // What was put off comes again now, and finds another state.
      return next("closed", NOBODY)
    }
    if (event.type !== "call" || event.name !== "ask") return keep()
    const [question] = event.args
    if (data.connection !== undefined) {
      data.connection.cast.ask(question, event.from)
      // Those that were answered, or have given up, need not be remembered.
      return keep({ ...data, asking: [...data.asking.filter(({ open }) => open), event.from] })
    }
    if (state === "closed") throw refuse(new Error("unavailable"))
    if (data.queued === this.#limits.queue) throw refuse(new Error(`unavailable, and ${data.queued} wait already`))
    return keep({ ...data, queued: data.queued + 1 }, postpone())
  }

  #open(connection: Ref<Connection>): Result {
    this.monitor(connection)
    this.#tell(`open: ${String(connection)}`)
    return next("open", { ...NOBODY, connection })
  }

  #wait(): Result {
    return next("waiting", NOBODY, stateTimeout(this.#limits.patienceMs))
  }

  /** Nobody knows what has become of calls that were under way, so they are not asked again: their callers know whether that would do harm. */
  #lost(connection: Ref<unknown> | string, reason: ExitReason, data: Data): Result {
    if (connection !== data.connection) return keep()
    const asking = data.asking.filter(({ open }) => open)
    for (const caller of asking) caller.refuse(new Error("the connection was lost"))
    this.#tell(`waiting: the connection is gone (${reason.kind}), with ${asking.length} calls under way`)
    return this.#wait()
  }
}
