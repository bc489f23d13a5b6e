/**
 * The time-outs of one state machine.
 *
 * Invariants:
 * 1. There is at most one of each key: it runs, or its event waits in the mailbox, or it stands in `zero`.
 * 2. One that was taken back is never handled, even if its event has come already.
 */
import { cancelTimer, type Entry, startTimer, type Timer } from "@vivarium/core/lowlevel"
import type { Cell } from "./cell.ts"
import { Envelope, EVENT } from "./envelope.ts"
import { EVENT_TIMEOUT, STATE_TIMEOUT, type TimeoutAction } from "./machine-action.ts"
import type { AnyEvent } from "./machine-event.ts"
import { signal, withdraw } from "./mailbox.ts"

/** One time-out, from its setting to its event. What stands in the envelope of that event. */
export class MachineTimer implements Entry {
  readonly key: unknown
  content: unknown
  private readonly cell: Cell
  private timer: Timer | null = null
  private envelope: Envelope | null = null

  constructor(cell: Cell, key: unknown, content: unknown) {
    this.cell = cell
    this.key = key
    this.content = content
  }

  get event(): AnyEvent {
    const { content, key } = this
    if (key === STATE_TIMEOUT) return { type: "stateTimeout", content }
    return key === EVENT_TIMEOUT ? { type: "eventTimeout", content } : { type: "timeout", name: key, content }
  }

  start(at: number): void {
    this.timer = startTimer(this.cell.loop, at, this)
  }

  /** It is due. */
  enter(): void {
    this.timer = null
    this.envelope = new Envelope(EVENT, null, this.event.type, this)
    signal(this.cell, this.envelope)
  }

  stop(): void {
    if (this.timer !== null) cancelTimer(this.cell.loop, this.timer)
    if (this.envelope?.list != null) withdraw(this.cell, this.envelope)
  }
}

export class MachineTimers {
  private readonly cell: Cell
  private readonly set = new Map<unknown, MachineTimer>()
  /** Those of no time at all, the oldest first. */
  private readonly zero: MachineTimer[] = []

  constructor(cell: Cell) {
    this.cell = cell
  }

  apply({ content, key, setting, time }: TimeoutAction): void {
    const old = this.set.get(key)
    if (setting === "update" && old !== undefined) {
      old.content = content
      return
    }
    this.cancel(key)
    if (setting === "cancel") return
    const timer = new MachineTimer(this.cell, key, content)
    this.set.set(key, timer)
    if (setting === "at") timer.start(time)
    else if (time > 0) timer.start(this.cell.world.now + time)
    else this.zero.push(timer)
  }

  cancel(key: unknown): void {
    const timer = this.set.get(key)
    if (timer === undefined) return
    this.set.delete(key)
    timer.stop()
    const index = this.zero.indexOf(timer)
    if (index >= 0) this.zero.splice(index, 1)
  }

  /** Its event is being handled: it is over. */
  fired(timer: MachineTimer): void {
    if (this.set.get(timer.key) === timer) this.set.delete(timer.key)
  }

  /** Whether one of no time at all waits for its turn. */
  get due(): boolean {
    return this.zero.length > 0
  }

  /** The oldest of these. */
  takeDue(): MachineTimer | undefined {
    return this.zero.shift()
  }

  stop(): void {
    for (const timer of this.set.values()) timer.stop()
    this.set.clear()
    this.zero.length = 0
  }
}
