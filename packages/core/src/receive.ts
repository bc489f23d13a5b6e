/** Receiving: one operation object per channel. */
import type { Buffer, Channel, Received } from "./channel.ts"
import { BUFFERED, CLOSING, PARCELS, PREFERENCE, SCHEDULE_ALL, SENDER } from "./channel-settings.ts"
import { ChannelClosedError } from "./errors.ts"
import { checkSwitch, Offer, trapped, wake, wakeWithError } from "./offer.ts"
import { misuse, wrongScheduler } from "./operation.ts"
import { Parcel } from "./parcel.ts"
import { finished, realm, SUSPEND, type Suspend } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { BLOCKED, FAULT, MARKED, RUNNING, TRAPS } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"
import type { WaitNode } from "./wait-queue.ts"

/** What keeps a receive off the fast path. */
const UNUSUAL = SENDER | SCHEDULE_ALL | CLOSING | PARCELS

/** What a waiting `receiveOrDone` is woken with when its channel closes. */
const END: unique symbol = Symbol("end of channel")

/** @internal */
export class Receive<T> extends Offer<T> {
  declare readonly channel: Channel<T>

  constructor(channel: Channel<T>) {
    super()
    this.channel = channel
  }

  override get owner(): RunLoop {
    return this.channel.scheduler
  }

  override next(value?: unknown): IteratorResult<Suspend, T> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(value as T)
    }
    return this.perform(tasklet)
  }

  /** Takes a value or blocks. */
  protected perform(tasklet: Tasklet): IteratorResult<Suspend, T> {
    const channel = this.channel
    const scheduler = channel.scheduler
    const settings = channel.settings
    if (tasklet.scheduler !== scheduler) throw wrongScheduler(this.describe())
    if ((settings & UNUSUAL) !== 0 || scheduler.hooks !== null) return this.receiveUnusual(tasklet)
    const sender = channel.firstSender
    let value: unknown
    if ((settings & BUFFERED) === 0) {
      if (sender === null) return this.block(tasklet)
      value = sender.value
    } else {
      const buffer = channel.buffer as Buffer
      if (buffer.length === 0) return this.block(tasklet)
      value = buffer.shift()
      if (sender === null) return finished(value as T)
      buffer.push(sender.value)
    }
    channel.removeSender(sender)
    scheduler.queue.push(release(sender))
    return finished(value as T)
  }

  private block(tasklet: Tasklet): IteratorYieldResult<Suspend> {
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    tasklet.op = this
    tasklet.state = BLOCKED
    this.channel.pushReceiver(tasklet)
    return SUSPEND
  }

  /** Closed channels, errors, tools and the rarer preferences. */
  private receiveUnusual(tasklet: Tasklet): IteratorResult<Suspend, T> {
    const { channel } = this
    const { scheduler } = channel
    if (scheduler.hooks !== null) channel.announce(tasklet, "receive", !this.ready(), undefined)
    // Asked again: a hook may have sent or received without waiting.
    if (!this.ready()) return this.block(tasklet)
    const { settings } = channel
    const yields = (settings & SCHEDULE_ALL) !== 0 || (settings & PREFERENCE) === SENDER
    if (!yields || channel.firstSender === null) return finished(this.takeInside())
    checkSwitch(tasklet, this)
    const value = this.takeRaw()
    if ((tasklet.state as number) === MARKED) {
      this.undo(value, false)
      return SUSPEND
    }
    tasklet.op = this
    tasklet.value = value
    if (value instanceof Parcel) {
      tasklet.flags |= FAULT
      tasklet.value = value.error
    }
    scheduler.append(tasklet)
    return SUSPEND
  }

  ready(): boolean {
    const { channel } = this
    return channel.firstSender !== null || channel.length > 0 || (channel.settings & CLOSING) !== 0
  }

  take(): T {
    const value = this.takeRaw()
    if (value instanceof Parcel) throw value.error
    return value as T
  }

  /** What `perform` takes with: the outcome is not made yet. */
  protected takeInside(): T {
    return this.take()
  }

  /** Takes the oldest value or parcel, and places the sender that this sets free. */
  private takeRaw(): unknown {
    const { channel } = this
    const { buffer } = channel
    const sender = channel.firstSender
    let value: unknown
    if (buffer !== null && buffer.length > 0) {
      value = buffer.shift()
      if (sender !== null) buffer.push(sender.value)
    } else {
      if (sender === null) throw channel.closedFor("receive")
      value = sender.value
    }
    if (sender !== null) {
      channel.removeSender(sender)
      channel.placePartner(release(sender), SENDER)
    }
    if (channel.firstSender === null && channel.length === 0) channel.settings &= ~PARCELS
    return value
  }

  override announceTry(): void {
    this.channel.announce(realm.current, "receive", false, undefined)
  }

  park(node: WaitNode): void {
    if (node.parked !== null && this.channel.scheduler.hooks !== null) this.channel.announce(node.parked.tasklet, "receive", true, undefined)
    this.channel.pushReceiver(node)
  }

  unpark(node: WaitNode): void {
    this.channel.removeReceiver(node)
  }

  /** A value that was handed over is dropped with its receiver, and counted. */
  override undo(outcome: unknown, failed: boolean): void {
    if (!failed || !(outcome instanceof ChannelClosedError)) this.channel.scheduler.droppedValues++
  }

  /** Wakes a receiver whose channel has been closed; the node is out of its list. */
  endWaiting(node: WaitNode): void {
    wakeWithError(node, this.channel.closedFor("receive"))
  }

  describe(): string {
    return `receive on ${this.channel.label}`
  }
}

/** @internal */
export class ReceiveOrDone<T> extends Receive<Received<T>> {
  constructor(channel: Channel<T>) {
    super(channel as unknown as Channel<Received<T>>)
  }

  override next(value?: unknown): IteratorResult<Suspend, Received<T>> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(this.outcome(value))
    }
    if (this.channel.closed) return finished(this.outcome(END))
    const result = this.perform(tasklet)
    return result === SUSPEND ? result : finished(this.outcome(result.value))
  }

  override take(): Received<T> {
    return this.outcome(this.channel.closed ? END : super.take())
  }

  protected override takeInside(): Received<T> {
    return super.take()
  }

  override outcome(brought: unknown): Received<T> {
    return brought === END ? { done: true } : { done: false, value: brought as T }
  }

  override endWaiting(node: WaitNode): void {
    wake(node, END)
  }

  /** The end of the channel is no value that could be dropped. */
  override undo(outcome: unknown, failed: boolean): void {
    if (outcome !== END) super.undo(outcome, failed)
  }

  override describe(): string {
    return `receiveOrDone on ${this.channel.label}`
  }
}

/** Takes the offer of a sender that is out of its list, and returns its tasklet, in no list yet. */
function release(sender: WaitNode): Tasklet {
  if (sender.parked !== null) return sender.parked.win(sender, undefined, false)
  sender.value = undefined
  return sender as Tasklet
}
