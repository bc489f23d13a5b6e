/** What only few processes need: made on first use. */
import type { Tasklet } from "@vivarium/core"
import type { Alias } from "./alias.ts"
import type { Cell } from "./cell.ts"
import type { Envelope, EnvelopeList } from "./envelope.ts"
import type { ExitReason } from "./exit-reason.ts"
import type { Monitor } from "./monitor.ts"
import type { Request } from "./request.ts"
import type { Starting } from "./start.ts"
import type { IdleTimeout } from "./idle-timeout.ts"
import type { ProcessTimer } from "./process-timer.ts"
import type { Measurements } from "./measurements.ts"

/** Something that is given back when its process ends, before anybody is told: a name, an entry of a registry, a membership. */
export interface Belonging {
  release(cell: Cell): void
}

/** Somebody who is told of the end of a process. */
export interface Watcher {
  fire(reason: ExitReason): void
}

/** An async method that has not settled. */
export interface Settling {
  readonly promise: PromiseLike<unknown>
  /** Set when nobody will take its outcome any more. */
  abandoned: boolean
}

export class Extras {
  name: string | undefined = undefined
  label: string | undefined = undefined
  links: Set<Cell> | null = null
  /** The monitors that it has set. */
  monitors: Set<Monitor> | null = null
  /** Who is told of its end: monitors, and those who wait for it. */
  watchers: Set<Watcher> | null = null
  belongings: Set<Belonging> | null = null
  aliases: Set<Alias> | null = null
  /** Those who wait for room, first come first served. */
  room: EnvelopeList | null = null
  /** Calls that it will answer later. */
  answers: Set<Request> | null = null
  stash: EnvelopeList | null = null
  /** What comes before the next envelope. */
  continuations: Envelope[] = []
  /** The overrides of `become`, the newest last. */
  behaviours: Readonly<Record<string, unknown>>[] = []
  controller: AbortController | null = null
  /** Who waits for its `init`. */
  starting: Starting | null = null
  timers: Set<ProcessTimer> | null = null
  keyedTimers: Map<unknown, ProcessTimer> | null = null
  idle: IdleTimeout | null = null
  settling: Settling | null = null
  /** What `stop()` in a method owes to its caller, once terminate has run. */
  lastAnswer: { readonly request: Request; readonly value: unknown } | null = null
  /** The envelopes that are handled beside the main tasklet, in re-entrant calls. */
  handledBeside: Map<Tasklet, Envelope> | null = null
  measurements: Measurements | null = null
  /** Who asked for it, and who asked for that: of a task, those who started it. */
  callers: readonly Cell[] = []

  /** What is remembered of the dead: how it was called. */
  epitaph(): Extras | null {
    if (this.name === undefined && this.label === undefined) return null
    const epitaph = new Extras()
    epitaph.name = this.name
    epitaph.label = this.label
    return epitaph
  }
}

/** The extras of a cell, made if need be. */
export function extrasOf(cell: Cell): Extras {
  return (cell.extras ??= new Extras())
}

/** Adds something that must be given back when the process ends. */
export function own(cell: Cell, belonging: Belonging): void {
  const extras = extrasOf(cell)
  ;(extras.belongings ??= new Set()).add(belonging)
}

/** Forgets it again. */
export function disown(cell: Cell, belonging: Belonging): void {
  cell.extras?.belongings?.delete(belonging)
}

/** Has somebody told when the process ends. */
export function addWatcher(cell: Cell, watcher: Watcher): void {
  const extras = extrasOf(cell)
  ;(extras.watchers ??= new Set()).add(watcher)
}
