/** Sending: one small object per send. */
import type { Channel } from "./channel.ts"
import { BUFFERED, CLOSING, PARCELS, PREFERENCE, RECEIVER, SCHEDULE_ALL, SENDER } from "./channel-settings.ts"
import { checkSwitch, Offer, trapped } from "./offer.ts"
import { misuse, Operation, type OperationKind, STARTED, wrongScheduler } from "./operation.ts"
import { Parcel } from "./parcel.ts"
import { finished, realm, SUSPEND, type Suspend } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { BLOCKED, FAULT, MARKED, RUNNING, TRAPS } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"
import type { WaitNode } from "./wait-queue.ts"

/** What keeps a send off the fast path. */
const UNUSUAL = SENDER | SCHEDULE_ALL | CLOSING | PARCELS

/**
 * Stands in `tasklet.op` for a send that has happened and has handed control over: nothing is left to take back. One old object in
 * place of the young operation spares the collector a remembered slot for each.
 */
class Sent extends Operation<void> {
  get kind(): OperationKind {
    return STARTED
  }
  next(): never {
    throw new Error("unreachable: the marker of a finished send is never performed")
  }
  unpark(): void {}
  describe(): string {
    return "a finished send"
  }
}
const SENT: Operation<void> = /* @__PURE__ */ new Sent()

/** @internal */
export class Send<T> extends Offer<void> {
  declare readonly channel: Channel<T>
  declare readonly value: T

  constructor(channel: Channel<T>, value: T) {
    super()
    this.channel = channel
    this.value = value
  }

  override get owner(): RunLoop {
    return this.channel.scheduler
  }

  /**
   * The fast path serves the preferences "receiver" and "none", with and without a buffer, while no tool watches. A receiver
   * waits only while the buffer is empty, so it is served before the buffer is looked at.
   */
  override next(): IteratorResult<Suspend, void> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === SENT || tasklet.op === this) {
      tasklet.op = null
      return finished(undefined)
    }
    const channel = this.channel
    const scheduler = channel.scheduler
    const settings = channel.settings
    if (tasklet.scheduler !== scheduler) throw wrongScheduler(this.describe())
    if ((settings & UNUSUAL) !== 0 || scheduler.hooks !== null) return this.sendUnusual(tasklet)
    const receiver = channel.firstReceiver
    if (receiver === null) {
      if ((settings & BUFFERED) !== 0 && channel.fill(this.value)) return finished(undefined)
      return this.block(tasklet)
    }
    const queue = scheduler.queue
    if ((settings & PREFERENCE) === 0) {
      channel.removeReceiver(receiver)
      queue.push(handTo(receiver, this.value))
      return finished(undefined)
    }
    if ((tasklet.flags & TRAPS) !== 0) checkSwitch(tasklet, this)
    channel.removeReceiver(receiver)
    const partner = handTo(receiver, this.value)
    // A clean-up of the partner's other cases may have killed this tasklet: then the driver ends it here.
    if ((tasklet.state as number) !== MARKED) {
      tasklet.op = SENT
      queue.push(tasklet)
    }
    queue.handOver(partner)
    return SUSPEND
  }

  private block(tasklet: Tasklet): IteratorYieldResult<Suspend> {
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    tasklet.op = this
    tasklet.state = BLOCKED
    this.park(tasklet)
    return SUSPEND
  }

  /** Closed channels, errors, tools and the rarer preferences. */
  protected sendUnusual(tasklet: Tasklet): IteratorResult<Suspend, void> {
    const { channel } = this
    const { scheduler, settings } = channel
    if (scheduler.hooks !== null) channel.announce(tasklet, "send", !this.ready(), this.shown)
    // Asked again: a hook may have sent or received without waiting.
    if (!this.ready()) return this.block(tasklet)
    const yields = (settings & SCHEDULE_ALL) !== 0 || (settings & PREFERENCE) === RECEIVER
    const suspends = yields && channel.firstReceiver !== null
    if (suspends) checkSwitch(tasklet, this)
    this.take()
    if (!suspends) return finished(undefined)
    if ((tasklet.state as number) === MARKED) return SUSPEND
    tasklet.op = this
    scheduler.append(tasklet)
    return SUSPEND
  }

  /** What tools are shown. */
  protected get shown(): unknown {
    return this.value
  }

  ready(): boolean {
    const { channel } = this
    if (channel.firstReceiver !== null || (channel.settings & CLOSING) !== 0) return true
    return channel.buffer !== null && channel.buffer.length < channel.buffer.capacity
  }

  take(): void {
    const { channel } = this
    if ((channel.settings & CLOSING) !== 0) throw channel.closedFor("send")
    const receiver = channel.firstReceiver
    if (receiver === null) channel.fill(this.value)
    else {
      channel.removeReceiver(receiver)
      channel.placePartner(this.handTo(receiver), RECEIVER)
    }
  }

  override announceTry(): void {
    this.channel.announce(realm.current, "send", false, this.shown)
  }

  park(node: WaitNode): void {
    if (node.parked !== null && this.channel.scheduler.hooks !== null) this.channel.announce(node.parked.tasklet, "send", true, this.shown)
    node.value = this.value
    this.channel.pushSender(node)
  }

  unpark(node: WaitNode): void {
    this.channel.removeSender(node)
  }

  /** Gives what is sent to a receiver that has been taken out of its list; returns its tasklet, in no list yet. */
  protected handTo(receiver: WaitNode): Tasklet {
    return handTo(receiver, this.value)
  }

  override outcome(): void {}

  describe(): string {
    return `send on ${this.channel.label}`
  }
}

/** @internal Sends an error: it travels in a parcel, which the receiving side opens. */
export class SendError extends Send<Parcel> {
  constructor(channel: Channel<never>, error: unknown) {
    super(channel as unknown as Channel<Parcel>, new Parcel(error))
  }

  override next(): IteratorResult<Suspend, void> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING || tasklet.op === this || tasklet.op === SENT) return super.next()
    if (tasklet.scheduler !== this.channel.scheduler) throw wrongScheduler(this.describe())
    return this.sendUnusual(tasklet)
  }

  protected override get shown(): unknown {
    return this.value.error
  }

  override take(): void {
    super.take()
    if (this.channel.length > 0) this.channel.settings |= PARCELS
  }

  override park(node: WaitNode): void {
    this.channel.settings |= PARCELS
    super.park(node)
  }

  protected override handTo(receiver: WaitNode): Tasklet {
    const { error } = this.value
    if (receiver.parked !== null) return receiver.parked.win(receiver, error, true)
    const tasklet = receiver as Tasklet
    tasklet.value = error
    tasklet.flags |= FAULT
    return tasklet
  }
}

function handTo(receiver: WaitNode, value: unknown): Tasklet {
  if (receiver.parked !== null) return receiver.parked.win(receiver, value, false)
  receiver.value = value
  return receiver as Tasklet
}
