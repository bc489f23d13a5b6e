/**
 * Monitors of groups: who is in a group when the monitor is set, and from then on every change, in order.
 *
 * Invariant: the members at the beginning and the changes together are the members at any time, as far as the messages have been read.
 */
import { brand } from "./brand.ts"
import type { Cell } from "./cell.ts"
import { type Envelope, type EnvelopeList, TICK } from "./envelope.ts"
import { type Belonging, disown, own } from "./extras.ts"
import { withdraw } from "./mailbox.ts"
import { tellNews } from "./news.ts"
import { messageOf } from "./opened.ts"
import type { Ref } from "./ref.ts"

/** The news that processes have joined or left a group: a message to whoever monitors it. */
export class GroupChange<G = unknown, A = unknown> {
  /** What has happened. */
  readonly kind: "join" | "leave"
  /** Which group. */
  readonly group: G
  /** Who has joined or left, as often as it did. */
  readonly members: readonly Ref<A>[]
  /** By which monitor it is told. */
  readonly monitor: GroupMonitor<unknown>

  /** @internal */
  constructor(kind: "join" | "leave", group: G, members: readonly Ref<A>[], monitor: GroupMonitor<unknown>) {
    this.kind = kind
    this.group = group
    this.members = members
    this.monitor = monitor
  }
}

brand(GroupChange, "GroupChange")

/** What `monitor()` and `monitorAll()` of a `Groups` object give. `M` is what the members are kept in. */
export class GroupMonitor<M> implements Disposable {
  /** Who was in the group, or in all groups, when the monitor was set. */
  readonly members: M
  private readonly watcher: Cell
  private readonly watching: Set<GroupMonitor<unknown>>
  private readonly belonging: Belonging
  private readonly onEnd: () => void

  /** @internal */
  constructor(members: M, watcher: Cell, watching: Set<GroupMonitor<unknown>>, onEnd: () => void) {
    this.members = members
    this.watcher = watcher
    this.watching = watching
    this.onEnd = onEnd
    this.belonging = { release: () => this.forget() }
    watching.add(this)
    own(watcher, this.belonging)
  }

  /** Whether changes are still told. */
  get active(): boolean {
    return this.watching.has(this)
  }

  /** Ends it, and takes away what is unread of it; says whether it was active. Erlang: `pg:demonitor`. */
  demonitor(): boolean {
    const wasActive = this.active
    disown(this.watcher, this.belonging)
    this.forget()
    this.takeBack(this.watcher)
    // What comes from somebody who has something waiting for room stands behind that.
    this.takeBack(this.watcher.extras?.room ?? null)
    return wasActive
  }

  /** `using change = groups.monitor("bees")` ends it with the block. */
  [Symbol.dispose](): void {
    this.demonitor()
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `GroupMonitor of ${this.watcher.ref.toString()}`
  }

  /** @internal */
  tell<G, A>(kind: "join" | "leave", group: G, members: readonly Ref<A>[]): void {
    tellNews(this.watcher, new GroupChange(kind, group, members, this), this.isWanted)
  }

  private readonly isWanted = (): boolean => this.active

  private takeBack(list: EnvelopeList | null): void {
    for (let envelope = list?.first ?? null; envelope !== null; ) {
      const next: Envelope | null = envelope.after
      if (this.tells(envelope)) withdraw(this.watcher, envelope)
      envelope = next
    }
  }

  private tells(envelope: Envelope): boolean {
    if (envelope.kind !== TICK) return false
    const message = messageOf(envelope)
    return message instanceof GroupChange && message.monitor === this
  }

  private forget(): void {
    if (this.watching.delete(this)) this.onEnd()
  }
}

brand(GroupMonitor, "GroupMonitor")
