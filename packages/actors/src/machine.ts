/**
 * The engine of a state machine: turns envelopes into events, and does what the transitions ask for.
 *
 * The loop of the actor drives it, one event a round: `next` gives what comes before the mailbox, `invoke` calls `handle`, the loop waits if that is
 * to be waited for, and `finish` takes the transition. An enter call is a round of its own that comes first. So all that holds for methods holds for
 * events, too: waiting, refusals, budgets, reports, ends.
 *
 * Invariants:
 * 1. Order: enter calls, then what was inserted or is handled again, then time-outs of no time, then the mailbox.
 * 2. A call that is not answered stands in one of the lists or in `extras.answers`: so the end of the machine fails it.
 * 3. `step` is not null exactly from a transition to the end of its enter calls.
 */
import { show } from "@vivarium/core/lowlevel"
import { type Cell, CONTINUES, WATCHED } from "./cell.ts"
import { hookOf } from "./dispatch.ts"
import { append, CALL, CAST, DOWN, Envelope, type EnvelopeList, EVENT, EXIT, isCounted, MESSAGE, prepend, unlink } from "./envelope.ts"
import { ActorError } from "./errors.ts"
import type { Exit } from "./exits.ts"
import { type Belonging, own } from "./extras.ts"
import { Ignore, Stop } from "./init-results.ts"
import { Later, putOff } from "./later.ts"
import { Action, EVENT_TIMEOUT, type NextEventAction, type PostponeAction, type ReplyAction, STATE_TIMEOUT, type TimeoutAction } from "./machine-action.ts"
import type { AnyEvent } from "./machine-event.ts"
import { MachineTimer, MachineTimers } from "./machine-timers.ts"
import { drain } from "./mailbox.ts"
import type { Down } from "./monitor.ts"
import { messageOf, opened } from "./opened.ts"
import type { Request } from "./request.ts"
import { requestStop } from "./stopping.ts"
import { Move } from "./transition.ts"
import { tellIn, tellOut } from "./watching.ts"

/** What the actions of one transition have asked for, those of its enter calls included. */
class Step {
  /** The state before. */
  readonly from: unknown
  /** Whether what was put off is handled again. */
  restarts = false
  /** Whether the state time-out is taken back. */
  changed = false
  postpones = false
  inserted: Envelope[] | null = null
  timeouts: Map<unknown, TimeoutAction> | null = null

  constructor(from: unknown) {
    this.from = from
  }
}

type Kind = ReplyAction | PostponeAction | NextEventAction | TimeoutAction

export class Machine implements Belonging {
  state: unknown = undefined
  data: unknown = undefined
  private readonly cell: Cell
  private step: Step | null = null
  /** What comes before the mailbox. */
  private inner: EnvelopeList | null = null
  private postponed: EnvelopeList | null = null
  private timers: MachineTimers | null = null

  constructor(cell: Cell) {
    this.cell = cell
  }

  /** Takes what `init` has given; what makes no machine is handed on. */
  begin(outcome: unknown): unknown {
    if (outcome instanceof Ignore || outcome instanceof Stop) return outcome
    if (!(outcome instanceof Move) || outcome.kind !== "next") throw this.badReturn("init", "next(state, data), ignore or stop(reason)", outcome)
    this.state = outcome.state
    const step = new Step(outcome.state)
    this.perform(outcome, step, false)
    if (this.makesEnterCalls) this.enter(step)
    else this.complete(step)
    return undefined
  }

  /** What is to be handled before the mailbox. */
  next(): Envelope | null {
    const { inner, step, timers } = this
    if (step !== null) return this.envelopeOf({ type: "enter", from: step.from })
    if (inner !== null && inner.first !== null) {
      const { first } = inner
      this.cell.world.watch?.taken(this.cell, first)
      unlink(first)
      return first
    }
    const timer = timers?.takeDue()
    return timer === undefined ? null : new Envelope(EVENT, null, timer.event.type, timer)
  }

  /** Lets the user's code handle an envelope; gives what that returned. */
  invoke(envelope: Envelope): unknown {
    const { cell, timers } = this
    const event = this.eventOf(envelope)
    if (event === null) return KEEP
    // What is no message of a user can be opened once; so the event itself is kept from here on, also for reports.
    if (!isCounted(envelope) && envelope.payload !== event) cell.current = new Envelope(EVENT, envelope.sender, event.type, event)
    if ((cell.flags & WATCHED) !== 0) tellIn(cell, cell.current ?? envelope)
    if (timers !== null && event.type !== "enter") timers.cancel(EVENT_TIMEOUT)
    const handle = hookOf(cell, "handle")
    if (handle === undefined) throw new ActorError("no_handler", `${cell.ref.toString()} has no method "handle", which would say what comes of an event.`)
    return handle.call(cell.actor, event, this.state, this.data)
  }

  /** Takes the transition that has come of an envelope. */
  finish(envelope: Envelope, outcome: unknown): void {
    if (!(outcome instanceof Move || outcome instanceof Stop)) throw this.badReturn("handle", "next(), keep(), repeat(), stop() or stopAndReply()", outcome)
    const entering = this.step
    const step = entering ?? new Step(this.state)
    this.step = null
    const enters = this.perform(outcome, step, entering !== null)
    if (entering === null) this.keepEnvelope(envelope, step)
    if (outcome instanceof Stop || outcome.kind === "stopAndReply") return
    if (enters && this.makesEnterCalls) this.enter(step)
    else this.complete(step)
  }

  /** An event was refused: nothing comes of it. That of an enter call keeps what was asked for. */
  refused(): void {
    const { step } = this
    this.step = null
    if (step !== null) this.complete(step)
  }

  /** An async `handle` has settled after the end was decided: only its answers count. */
  settled(outcome: unknown): void {
    if (!(outcome instanceof Move)) return
    for (const action of outcome.actions) if (action instanceof Action && action.kind === "reply") this.reply(action as ReplyAction)
  }

  restore(state: unknown, data: unknown): void {
    this.state = state
    this.data = data
  }

  /** The machine has ended. */
  release(cell: Cell): void {
    this.timers?.stop()
    for (const list of [this.postponed, this.inner]) if (list !== null) drain(cell, list)
  }

  /** What stands in its own lists. */
  get lists(): readonly EnvelopeList[] {
    return [this.inner, this.postponed].filter((list) => list !== null)
  }

  private get makesEnterCalls(): boolean {
    return ((this.cell.actor as object).constructor as { readonly enterCalls?: unknown }).enterCalls === true
  }

  private eventOf(envelope: Envelope): AnyEvent | null {
    const { kind, method, payload } = envelope
    if (kind === CALL) return { type: "call", name: method, args: payload as readonly unknown[], from: new Later(envelope as Request) }
    if (kind === CAST) return { type: "cast", name: method, args: payload as readonly unknown[] }
    if (kind === MESSAGE) return { type: "info", message: payload }
    if (kind === EVENT) return payload instanceof MachineTimer ? this.eventOfTimer(payload) : (payload as AnyEvent)
    opened(envelope)
    if (kind === DOWN) {
      const { from, monitor, reason } = payload as Down
      return monitor.custom ? { type: "info", message: messageOf(envelope) } : { type: "down", monitor, from, reason }
    }
    return kind === EXIT ? this.eventOfExit(payload as Exit) : { type: "info", message: messageOf(envelope) }
  }

  private eventOfTimer(timer: MachineTimer): AnyEvent {
    this.timers?.fired(timer)
    return timer.event
  }

  private eventOfExit({ from, reason }: Exit): AnyEvent | null {
    if (from === undefined || from !== this.cell.linkedParent) return { type: "exit", from, reason }
    requestStop(this.cell, reason)
    return null
  }

  /** Takes the state and the data, and does or notes the actions in their order; says whether an enter call is due. */
  private perform(outcome: Move<unknown, unknown> | Stop, step: Step, entering: boolean): boolean {
    if (outcome instanceof Stop) {
      if (outcome.data !== null) this.data = outcome.data[0]
      requestStop(this.cell, outcome.reason)
      return false
    }
    const { actions, kind, reason, state } = outcome
    if (outcome.hasData) this.data = outcome.data
    const changes = kind === "next" && !Object.is(state, this.state)
    if (changes) {
      if (entering) throw this.badReturn("handle", "the same state, keep(), repeat(), stop() or stopAndReply() of an enter call", outcome)
      this.state = state
      step.changed = true
    }
    if (changes) step.restarts = true
    for (const action of actions) this.act(this.checked(action, kind, entering), step)
    if (reason !== null) requestStop(this.cell, reason)
    return changes || kind === "repeat"
  }

  private act(action: Kind, step: Step): void {
    switch (action.kind) {
      case "reply":
        this.reply(action)
        break
      case "postpone":
        step.postpones = true
        break
      case "nextEvent":
        ;(step.inserted ??= []).push(this.envelopeOf(action.event))
        break
      case "timeout":
        step.timeouts ??= new Map()
        step.timeouts.delete(action.key)
        step.timeouts.set(action.key, action)
    }
  }

  private reply({ from, value }: ReplyAction): void {
    const request = from["~request"]
    if (request !== null && (this.cell.flags & WATCHED) !== 0) tellOut(this.cell, request, value)
    from.reply(value)
  }

  private enter(step: Step): void {
    this.step = step
    this.cell.flags |= CONTINUES
  }

  /** The event that was handled is put off, or done with: a call that is not answered yet is noted. */
  private keepEnvelope(envelope: Envelope, step: Step): void {
    if (envelope.list !== null) return
    if (step.postpones) {
      this.cell.world.watch?.returned(this.cell, envelope)
      append(this.listOf("postponed"), envelope)
      return
    }
    const request = envelope as Request
    if (envelope.kind !== CALL || !request.open) return
    putOff(this.cell, request)
  }

  /** What is left of a transition, in its order. */
  private complete(step: Step): void {
    const { inserted, timeouts } = step
    if (step.changed) this.timers?.cancel(STATE_TIMEOUT)
    if (step.restarts) this.restart()
    if (inserted !== null) for (let index = inserted.length - 1; index >= 0; index--) prepend(this.listOf("inner"), inserted[index] as Envelope)
    if (timeouts !== null) this.setTimeouts(timeouts)
    if ((this.inner !== null && this.inner.first !== null) || this.timers?.due === true) this.cell.flags |= CONTINUES
  }

  private restart(): void {
    const { postponed } = this
    if (postponed === null || postponed.last === null) return
    const inner = this.listOf("inner")
    for (let envelope: Envelope | null = postponed.last; envelope !== null; envelope = postponed.last) {
      unlink(envelope)
      prepend(inner, envelope)
    }
  }

  private setTimeouts(timeouts: ReadonlyMap<unknown, TimeoutAction>): void {
    own(this.cell, this)
    this.timers ??= new MachineTimers(this.cell)
    for (const action of timeouts.values()) this.timers.apply(action)
  }

  private listOf(which: "inner" | "postponed"): EnvelopeList {
    const list = this[which]
    if (list !== null) return list
    own(this.cell, this)
    return (this[which] = { first: null, last: null })
  }

  private envelopeOf(event: AnyEvent): Envelope {
    return new Envelope(EVENT, this.cell.current?.sender ?? null, event.type, event)
  }

  private checked(action: unknown, move: string, entering: boolean): Kind {
    if (!(action instanceof Action)) {
      const cure = typeof action === "function" ? ": this is a function that makes one, so call it" : ""
      throw this.badAction(`${show(action)} as an action${cure}. Actions are made by reply(), postpone(), nextEvent(), stateTimeout(), eventTimeout() and timeout()`)
    }
    const { kind } = action
    if (kind === "reply") return action as Kind
    if (move === "stopAndReply") throw this.badAction(`the action ${kind} by stopAndReply(), which can only reply`)
    if (entering && kind !== "timeout") throw this.badAction(`the action ${kind} by an enter call, which can only reply and set time-outs. Do it along with the change of the state`)
    return action as Kind
  }

  private badAction(what: string): ActorError {
    return new ActorError("bad_action", `${this.cell.ref.toString()} in the state ${show(this.state)} was given ${what}.`)
  }

  private badReturn(method: string, allowed: string, outcome: unknown): ActorError {
    const where = method === "init" ? "" : ` in the state ${show(this.state)}`
    return new ActorError("bad_return_value", `${method}() of ${this.cell.ref.toString()}${where} must return ${allowed}, but it returned ${outcome instanceof Move ? `${outcome.kind}()` : show(outcome)}.`)
  }
}

const KEEP = new Move<unknown, unknown>("keep", undefined, undefined, false, [], null)
