/**
 * Monitors: to be told when a process ends, without a share in its fate.
 *
 * Each is a reference of its own; setting two on one process gives two Downs. It is over when its Down has been sent, or `demonitor`
 * has been called. Erlang: `monitor/2`, `demonitor/2`.
 */
import type { Operation, RunLoop } from "@vivarium/core"
import { InvalidArgumentError } from "@vivarium/core"
import { checkOptions, Offer, wake, type WaitNode, WaitQueue, wakeWithError } from "@vivarium/core/lowlevel"
import { brand } from "./brand.ts"
import { Alias, type AliasKind } from "./alias.ts"
import type { Cell } from "./cell.ts"
import { DEAD } from "./cell.ts"
import { deadActor } from "./dead-actor.ts"
import { DOWN, Envelope } from "./envelope.ts"
import { ExitReason } from "./exit-reason.ts"
import { addWatcher, extrasOf } from "./extras.ts"
import { putBack, signal, takeOut, withdraw } from "./mailbox.ts"
import type { Ref } from "./ref.ts"

/** The news that a monitored process has ended. A raw process finds it among its messages; an actor's `down` method is called. */
export class Down {
  /** Which monitor. */
  readonly monitor: Monitor
  /** Who ended: what was given to `monitor()`, so a name if it was a name. */
  readonly from: Ref<unknown> | string
  /** Why; `noproc` if there was no such process. */
  readonly reason: ExitReason

  /** @internal */
  constructor(monitor: Monitor, from: Ref<unknown> | string, reason: ExitReason) {
    this.monitor = monitor
    this.from = from
    this.reason = reason
  }
}

brand(Down, "Down")

/** Options of `monitor()`. */
export interface MonitorOptions {
  /** Makes the message that comes instead of a Down; an actor gets it in `info`. Erlang: the tag. */
  readonly message?: (down: Down) => unknown
  /** Makes the monitor an address, too: until unaliased, or until its end or `demonitor`, or until the first message as well. */
  readonly alias?: AliasKind
}

/** A monitor: what `down` is told, and what `demonitor()` takes. */
export class Monitor {
  /** @internal */
  readonly watcher: Cell
  /** @internal */
  readonly target: Cell | null
  /** @internal */
  readonly from: Ref<unknown> | string
  private readonly wrap: ((down: Down) => unknown) | undefined
  private readonly alias: Alias | null
  private joining: JoinMonitor | null = null
  private message: unknown = undefined
  /** @internal What it has told. */
  down: Down | null = null
  private wrapped = false
  /** @internal Whether its Down is not wanted any more. */
  flushed = false
  /** @internal The unread Down. */
  envelope: Envelope | null = null
  /** @internal It was ended before there was anything to tell. */
  givenUp = false

  /** @internal */
  constructor(watcher: Cell, target: Cell | null, from: Ref<unknown> | string, options: MonitorOptions) {
    this.watcher = watcher
    this.target = target
    this.from = from
    this.wrap = options.message
    this.alias = options.alias === undefined ? null : new Alias(watcher, options.alias === "reply_demonitor", this.giveUp, options.alias === "explicit_unalias")
  }

  /** Whether its Down is still to come. */
  get active(): boolean {
    return this.target?.extras?.watchers?.has(this) === true
  }

  /** Sends to the process that set it, if it was set with an alias that is still active; says whether it was. */
  send(message: unknown): boolean {
    return this.alias !== null && this.alias.send(message)
  }

  /** Ends the alias. */
  unalias(): boolean {
    return this.alias !== null && this.alias.unalias()
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Monitor of ${String(this.from)}`
  }

  /** `using m = this.monitor(ref)` ends it with the block; a Down that is unread goes with it. */
  [Symbol.dispose](): void {
    this.demonitor(true)
  }

  /** @internal Says whether it was active; one that had to be flushed was not. */
  demonitor(flush: boolean): boolean {
    const wasActive = this.active
    this.giveUp()
    this.alias?.demonitored()
    if (!flush) return wasActive
    this.flushed = true
    if (this.envelope?.list != null) {
      withdraw(this.watcher, this.envelope)
      this.envelope = null
    }
    return wasActive
  }

  /** @internal Whether something else comes than the Down itself. */
  get custom(): boolean {
    return this.wrap !== undefined
  }

  /** @internal What the watcher finds among its messages; made in its own time, once. */
  messageFor(down: Down): unknown {
    if (this.wrap === undefined) return down
    if (!this.wrapped) {
      this.message = this.wrap(down)
      this.wrapped = true
    }
    return this.message
  }

  /** Waits for its Down, and takes it wherever it stands: nothing is scanned, and nothing of it stays in the mailbox. */
  join(): Operation<Down> {
    return (this.joining ??= new JoinMonitor(this))
  }

  /** @internal Sends the Down: to whoever waits for it by this reference, else to the mailbox. */
  fire(reason: ExitReason): void {
    this.forget()
    this.alias?.demonitored()
    const down = new Down(this, this.from, reason)
    this.down = down
    const envelope = new Envelope(DOWN, this.target, "down", down)
    this.envelope = envelope
    if (this.joining?.give(down) !== true) {
      signal(this.watcher, envelope)
      return
    }
    const { watch } = this.watcher.world
    watch?.sent(this.watcher, envelope)
    watch?.handed(this.watcher, envelope)
  }

  /** @internal Who waited for the Down has it. */
  taken(): void {
    const { envelope, watcher } = this
    if (envelope === null) return
    const { watch } = watcher.world
    if (envelope.list !== null) watch?.handed(watcher, envelope)
    watch?.taken(watcher, envelope)
    if (envelope.list !== null) takeOut(watcher, envelope)
    this.envelope = null
  }

  /** @internal Nobody of those who waited for the Down takes it, so it comes as if nobody had. */
  untaken(): void {
    if (this.envelope !== null) putBack(this.watcher, this.envelope)
  }

  /** @internal Who has set it has ended: what still waits for its Down is async code. */
  orphaned(): void {
    this.target?.extras?.watchers?.delete(this)
    this.joining?.fail(deadActor(this.watcher))
  }

  private readonly giveUp = (): void => {
    this.givenUp = this.down === null
    this.forget()
  }

  private forget(): void {
    this.watcher.extras?.monitors?.delete(this)
    this.target?.extras?.watchers?.delete(this)
  }
}

brand(Monitor, "Monitor")

class JoinMonitor extends Offer<Down> {
  private readonly monitor: Monitor
  private readonly waiting = new WaitQueue()
  /** How many have been handed the Down, as long as none of them has taken it. */
  private onTheWay = 0

  constructor(monitor: Monitor) {
    super()
    this.monitor = monitor
  }

  override get owner(): RunLoop {
    return this.monitor.watcher.loop
  }

  /** Hands the Down to those who wait; says whether there are any. */
  give(down: Down): boolean {
    this.onTheWay = this.waiting.size
    for (let node = this.waiting.shift(); node !== null; node = this.waiting.shift()) wake(node, down)
    return this.onTheWay > 0
  }

  fail(error: unknown): void {
    for (let node = this.waiting.shift(); node !== null; node = this.waiting.shift()) wakeWithError(node, error)
  }

  ready(): boolean {
    return this.monitor.down !== null
  }

  take(): Down {
    this.onTheWay = 0
    this.monitor.taken()
    return this.monitor.down as Down
  }

  override outcome(): Down {
    return this.take()
  }

  override undo(_brought: unknown, failed: boolean): void {
    if (!failed && --this.onTheWay === 0) this.monitor.untaken()
  }

  park(node: WaitNode): void {
    this.waiting.push(node)
  }

  unpark(node: WaitNode): void {
    this.waiting.remove(node)
  }

  describe(): string {
    return `the end of ${String(this.monitor.from)}`
  }
}

const ALIAS_KINDS: readonly unknown[] = ["explicit_unalias", "demonitor", "reply_demonitor"] satisfies readonly AliasKind[]

export function checkMonitorOptions(options: MonitorOptions): void {
  checkOptions("options", options, ["message", "alias"], "this.monitor(ref, { message: (down) => … })")
  const { alias, message } = options
  if (alias !== undefined && !ALIAS_KINDS.includes(alias)) throw new InvalidArgumentError("alias", alias, `one of ${ALIAS_KINDS.join(", ")}`)
  if (message !== undefined && typeof message !== "function") throw new InvalidArgumentError("message", message, "a function of the Down")
}

/** Sets a monitor; of a process that has ended, the Down comes at once. */
export function monitor(watcher: Cell, target: Cell | null, from: Ref<unknown> | string, options: MonitorOptions = {}): Monitor {
  const made = new Monitor(watcher, target, from, options)
  if (target === null || target.state === DEAD) {
    made.fire(ExitReason.noproc)
    return made
  }
  const mine = extrasOf(watcher)
  ;(mine.monitors ??= new Set()).add(made)
  addWatcher(target, made)
  return made
}
