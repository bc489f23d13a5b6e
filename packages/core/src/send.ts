/** Sending: one small object per send. */
import type { Channel } from "./channel.ts"
import { BUFFERED, CLOSING, PARCELS, PREFERENCE, RECEIVER, SCHEDULE_ALL, SENDER } from "./channel-settings.ts"
import { checkSwitch, Offer, trapped } from "./offer.ts"
import { misuse, wrongScheduler } from "./operation.ts"
import { Parcel } from "./parcel.ts"
import { finished, realm, SUSPEND, type Suspend } from "./realm.ts"
import type { Scheduler } from "./scheduler.ts"
import { BLOCKED, FAULT, RUNNING, TRAPS } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"
import type { WaitNode } from "./wait-queue.ts"

/** What keeps a send off the fast path. */
const UNUSUAL = SENDER | SCHEDULE_ALL | CLOSING | PARCELS | BUFFERED

/** @internal */
export class Send<T> extends Offer<void> {
  declare readonly channel: Channel<T>
  declare readonly value: T

  constructor(channel: Channel<T>, value: T) {
    super()
    this.channel = channel
    this.value = value
  }

  override get owner(): Scheduler {
    return this.channel.scheduler
  }

  override next(): IteratorResult<Suspend, void> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(undefined)
    }
    const { channel } = this
    const { scheduler } = channel
    if (tasklet.scheduler !== scheduler) throw wrongScheduler(this.describe())
    if ((channel.settings & UNUSUAL) !== 0 || scheduler.hooks !== null || this.value instanceof Parcel) return this.sendUnusual(tasklet)
    const receiver = channel.firstReceiver
    if (receiver === null) return this.block(tasklet)
    const prefersReceiver = channel.settings === RECEIVER
    if (prefersReceiver && (tasklet.flags & TRAPS) !== 0) checkSwitch(tasklet, this)
    channel.removeReceiver(receiver)
    const partner = handTo(receiver, this.value)
    const { queue } = scheduler
    if (prefersReceiver) {
      tasklet.op = this
      queue.push(tasklet)
      queue.handOver(partner)
      return SUSPEND
    }
    queue.push(partner)
    return finished(undefined)
  }

  private block(tasklet: Tasklet): IteratorYieldResult<Suspend> {
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    tasklet.op = this
    tasklet.state = BLOCKED
    this.park(tasklet)
    return SUSPEND
  }

  /** Buffers, closed channels, errors, tools and the rarer preferences. */
  private sendUnusual(tasklet: Tasklet): IteratorResult<Suspend, void> {
    const { channel } = this
    const { scheduler } = channel
    const ready = this.ready()
    if (scheduler.hooks !== null) channel.announce(tasklet, "send", !ready, this.value instanceof Parcel ? this.value.error : this.value)
    if (!ready) return this.block(tasklet)
    const { settings } = channel
    const yields = (settings & SCHEDULE_ALL) !== 0 || (settings & PREFERENCE) === RECEIVER
    const suspends = yields && channel.firstReceiver !== null
    if (suspends) checkSwitch(tasklet, this)
    this.take()
    if (!suspends) return finished(undefined)
    tasklet.op = this
    scheduler.append(tasklet)
    return SUSPEND
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
    if (receiver !== null) {
      channel.removeReceiver(receiver)
      channel.placePartner(handTo(receiver, this.value), RECEIVER)
    } else {
      if (this.value instanceof Parcel) channel.settings |= PARCELS
      channel.buffer?.push(this.value)
    }
  }

  park(node: WaitNode): void {
    const { channel } = this
    if (this.value instanceof Parcel) channel.settings |= PARCELS
    node.value = this.value
    channel.pushSender(node)
  }

  unpark(node: WaitNode): void {
    this.channel.removeSender(node)
  }

  override outcome(): void {}

  describe(): string {
    return `send on ${this.channel.label}`
  }
}

/** Gives a value to a receiver that has been taken out of its list, and returns its tasklet, in no list yet. */
function handTo(receiver: WaitNode, value: unknown): Tasklet {
  if (value instanceof Parcel) {
    if (receiver.parked !== null) return receiver.parked.win(receiver, value.error, true)
    receiver.value = value.error
    ;(receiver as Tasklet).flags |= FAULT
    return receiver as Tasklet
  }
  if (receiver.parked !== null) return receiver.parked.win(receiver, value, false)
  receiver.value = value
  return receiver as Tasklet
}
