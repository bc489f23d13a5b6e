/** State machines: actors that handle events by their state. OTP's gen_statem. */
import { InvalidArgumentError } from "@vivarium/core"
import { show } from "@vivarium/core/lowlevel"
import { BASE, OPEN } from "./actor-type.ts"
import { Actor } from "./actor.ts"
import { EVENTS } from "./cell.ts"
import { ActorError } from "./errors.ts"
import { Machine } from "./machine.ts"
import type { MachineEvent, NoCalls } from "./machine-event.ts"
import type { Beginning, Handling } from "./transition.ts"

/** One handler for each state: what `byState` takes. */
export type StateHandlers<State, Data = undefined, Calls extends object = NoCalls, Info = unknown> = {
  readonly [S in State & (string | number)]: (event: MachineEvent<State, Calls, Info>, data: Data, state: S) => Handling<State, Data>
}

/**
 * An actor that is always in one of several states, and handles *events*: calls, casts, plain messages, time-outs, and what it inserts itself. `handle` says
 * for each what comes of it, with `next`, `keep`, `repeat`, `stop` or `stopAndReply`, and with actions: `reply`, `postpone`, `nextEvent`, `stateTimeout`, `eventTimeout`,
 * `timeout`. Erlang: gen_statem; its rules hold as they are, but for what is said to differ.
 *
 * `State` is any value; `Data` goes along with it; `Calls` are the signatures of what may be called and cast, which types the references; `Info` is what may be
 * sent. `init` and `handle` may be plain, generator or async; while one waits, the machine does. What `init` asks for is done before any event.
 *
 * The order of a transition: the actions in their order, answers at once, the last one of a kind counts; the enter call, with `static enterCalls = true`; the event
 * is put off if so asked, and after a change all that was put off comes again, the oldest first; inserted events go before all these; the time-outs are set,
 * those of no time coming before anything from outside.
 *
 * What `handle` throws ends the machine, unless made with `refuse()`: that fails the call, and the machine stays as it was. Calls that nobody has answered fail with the
 * machine's reason when it ends. Of an error the code is `bad_return_value` or `bad_action` if the machine was told nonsense. `ref.getState()` gives
 * `{ state, data }`, `replaceState` takes the same, and makes no transition. As everywhere, calls time out after 5,000 ms unless told otherwise (in OTP, never).
 *
 * @example
 * ```ts
 * import { keep, type MachineEvent, next, postpone, reply, StateMachine, stateTimeout, System } from "@vivarium/actors"
 *
 * type State = "open" | "closed"
 * interface Calls {
 *   open(): void
 *   enter(who: string): string
 * }
 * class Door extends StateMachine<State, number, Calls> {
 *   init() {
 *     return next("closed", 0)
 *   }
 *   handle(event: MachineEvent<State, Calls>, state: State, guests: number) {
 *     if (event.type === "stateTimeout") return next("closed", guests)
 *     if (event.type !== "call" && event.type !== "cast") return keep()
 *     if (event.name === "open") return next("open", guests, stateTimeout(10_000))
 *     if (state === "closed" || event.type === "cast") return keep(guests, postpone())
 *     return keep(guests + 1, reply(event.from, `${event.args[0]} is guest ${guests + 1}`))
 *   }
 * }
 * await using system = new System()
 * const door = system.spawn(Door)
 * const maya = door.request.enter("Maya")
 * door.cast.open()
 * console.log(await maya)
 * // prints: Maya is guest 1
 * ```
 */
export abstract class StateMachine<State, Data = undefined, Calls extends object = NoCalls, Info = unknown> extends Actor {
  /** Only the compiler knows it. */
  declare readonly "~calls": Calls
  /** Only the compiler knows it. */
  declare readonly "~message": Info
  readonly #machine: Machine

  /** Called by the system alone: see `System.spawn`. */
  constructor() {
    super()
    const cell = this["~cell"]
    if (cell.settings.reentrant || cell.type.reentrant) throw new InvalidArgumentError("reentrant", true, "left out: a state machine handles one event at a time")
    this.#machine = new Machine(cell)
    cell.flags |= EVENTS
  }

  /** @internal */
  get "~machine"(): Machine {
    return this.#machine
  }

  /** Says in which state it begins, with `next(state, data, actions)`; or `ignore`, or `stop(reason)`. */
  abstract init(...args: never[]): Beginning<State, Data>

  /** Says what comes of an event. */
  abstract handle(event: MachineEvent<State, Calls, Info>, state: State, data: Data): Handling<State, Data>

  /** The state that it is in: the new one in its enter calls, the last one in `terminate`. */
  get state(): State {
    return this.#machine.state as State
  }

  /** The data that goes along with it. */
  get data(): Data {
    return this.#machine.data as Data
  }

  /** What tools and crash reports see. Override it to leave secrets out. */
  snapshot(): unknown {
    const { data, state } = this.#machine
    return { state, data }
  }

  /** What `replaceState` does: changes state and data, and makes no transition of it. */
  restore(snapshot: unknown): void {
    if (typeof snapshot !== "object" || snapshot === null || !("state" in snapshot) || !("data" in snapshot)) {
      throw new InvalidArgumentError("the new state of a state machine", snapshot, "an object with state and data", "right: ref.replaceState(({ data }) => ({ state: \"open\", data }))")
    }
    this.#machine.restore(snapshot.state, snapshot.data)
  }

  /**
   * Makes a `handle` of one handler for each state: `handle = this.byState({ open: (event) => …, closed: (event) => … })`. States are strings or numbers then; one without
   * a handler ends the machine, with the code `no_handler`. Erlang: the callback mode `state_functions`.
   */
  protected byState(handlers: StateHandlers<State, Data, Calls, Info>): (event: MachineEvent<State, Calls, Info>, state: State, data: Data) => Handling<State, Data> {
    return (event, state, data) => {
      const handler = Object.hasOwn(handlers, state as string) ? (handlers as Record<string, unknown>)[state as string] : undefined
      if (typeof handler !== "function") throw new ActorError("no_handler", `${this.self.toString()} has no handler for the state ${show(state)}. It has ${Object.keys(handlers).join(", ")}.`)
      return (handler as (event: unknown, data: Data, state: State) => Handling<State, Data>).call(this, event, data, state)
    }
  }
}

Object.defineProperty(StateMachine.prototype, BASE, { value: true })
Object.defineProperty(StateMachine.prototype, OPEN, { value: true })
