/**
 * The checks of supervisors. Restarts are counted apart from the supervisor's own window: each news of a child's end that needs a restart, and each attempt to start one again, is one when it is handled.
 */
import { isOrderly } from "@vivarium/actors"
import { type Cell, DEAD, type Envelope, EXITING, RAW, STOPPING, TICK, type World } from "@vivarium/actors/lowlevel"
import { type Child, ChildEnd, hasOrphans, insideOf, Retry, type Supervision } from "@vivarium/supervision/lowlevel"
import type { SystemCheckSettings } from "./system-checks.ts"

/** What is known of a supervisor. */
class Known {
  readonly cell: Cell
  readonly supervision: Supervision
  /** The last process of each child. */
  readonly last = new Map<Child, Cell>()
  /** When it had to restart somebody, on the clock of the scheduler. */
  stamps: number[] = []
  /** Whose stamps these are: changed flags begin anew. */
  window: Supervision["window"]
  /** Why it must not start anybody any more. */
  mustGiveUp: string | null = null

  constructor(cell: Cell, supervision: Supervision) {
    this.cell = cell
    this.supervision = supervision
    this.window = supervision.window
  }
}

interface Orphan {
  readonly supervisor: Cell
  readonly cell: Cell
}

export class SupervisionCheck {
  private readonly world: World
  private readonly settings: SystemCheckSettings
  private readonly known = new Map<Cell, Known>()
  private orphans: Orphan[] = []
  private found: string | null = null

  constructor(world: World, settings: SystemCheckSettings) {
    this.world = world
    this.settings = settings
  }

  started(cell: Cell): void {
    const known = cell.parent === null ? undefined : this.known.get(cell.parent)
    if (known?.mustGiveUp == null || !this.settings.restarts) return
    this.found ??= `restarts: ${known.cell.ref.toString()} starts ${cell.ref.toString()}, though ${known.mustGiveUp}`
  }

  /** A process has ended; what belongs to it has been given back, so its orphans are being ended. */
  ended(cell: Cell): void {
    const known = this.known.get(cell)
    if (known === undefined) return
    this.known.delete(cell)
    for (const child of known.supervision.children) if (child.cell !== null && child.cell.state !== DEAD) this.orphans.push({ supervisor: cell, cell: child.cell })
  }

  taken(cell: Cell, { kind, payload }: Envelope): void {
    if (kind !== TICK || this.known.size === 0) return
    const known = this.known.get(cell)
    if (known === undefined || this.world.stopping) return
    if (payload instanceof ChildEnd ? restarts(payload) : payload instanceof Retry && payload.holds && !payload.delayed && payload.child.spec.backoff === undefined) this.count(known)
  }

  broken(): string | null {
    if (this.found !== null) return this.found
    for (let cell = this.world.oldest; cell !== null; cell = cell.younger) {
      if ((cell.flags & RAW) !== 0 || cell.type.begin === null) continue
      const known = this.know(cell)
      if (known === null || !this.settings.replacements) continue
      const broken = brokenReplacement(known)
      if (broken !== null) return broken
    }
    return null
  }

  brokenAtRest(): string | null {
    if (this.settings.restarts) {
      for (const { cell, mustGiveUp } of this.known.values()) {
        if (mustGiveUp !== null && cell.state < EXITING && (cell.flags & STOPPING) === 0) return `restarts: ${cell.ref.toString()} goes on, though ${mustGiveUp}`
      }
    }
    if (this.orphans.length === 0 || !this.settings.orphans) return null
    this.orphans = this.orphans.filter(({ cell }) => cell.state !== DEAD)
    const left = this.orphans.find(({ cell, supervisor }) => cell.state < EXITING && !hasOrphans(supervisor))
    return left === undefined ? null : `orphans: ${left.cell.ref.toString()} goes on, though its supervisor ${left.supervisor.ref.toString()} has ended, and nobody ends it`
  }

  private know(cell: Cell): Known | null {
    const known = this.known.get(cell)
    if (known !== undefined) return known
    const supervision = insideOf(cell)
    if (supervision == null) return null
    const fresh = new Known(cell, supervision)
    this.known.set(cell, fresh)
    return fresh
  }

  private count(known: Known): void {
    const { supervision: { window } } = known
    if (known.window !== window) {
      known.window = window
      known.stamps = []
    }
    const { maxRestarts, withinMs } = window
    if (maxRestarts === Infinity) return
    const { now } = this.world
    known.stamps = known.stamps.filter((stamp) => now - stamp <= withinMs)
    known.stamps.push(now)
    const { length } = known.stamps
    if (length > maxRestarts) known.mustGiveUp = `it has had to restart children ${length} times within ${withinMs} ms, and may do so ${maxRestarts} times (maxRestarts)`
  }
}

/** Whether a child's end leads to a restart that counts, at once. */
function restarts({ cell, child, reason }: ChildEnd): boolean {
  const { backoff, restart } = child.spec
  if (child.cell !== cell || backoff !== undefined || hasOrphans(cell)) return false
  return restart === "permanent" || (restart === "transient" && !isOrderly(reason))
}

function brokenReplacement({ cell, last, supervision }: Known): string | null {
  for (const child of supervision.children) {
    const { cell: process } = child
    if (process === null) continue
    const before = last.get(child)
    if (before === process) continue
    last.set(child, process)
    if (before === undefined) continue
    if (before.state !== DEAD) return `replacements: ${cell.ref.toString()} has started ${process.ref.toString()}, though ${before.ref.toString()} has not ended`
    if (hasOrphans(before)) return `replacements: ${cell.ref.toString()} has started ${process.ref.toString()}, though not all below ${before.ref.toString()} has ended`
  }
  return null
}
