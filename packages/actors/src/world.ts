/** Worlds: the inside of a system. Its processes in the order of their start, what has been counted, and where reports go. */
import type { RunLoop, Tasklet } from "@vivarium/core"
import { atNextReading } from "@vivarium/core/lowlevel"
import type { Cell } from "./cell.ts"
import { Deadlines, type Reading } from "./deadlines.ts"
import type { SystemEvents } from "./events.ts"
import { extrasOf } from "./extras.ts"
import type { MessageWatch } from "./message-watch.ts"
import type { Mishaps } from "./mishaps.ts"
import type { Names } from "./names.ts"
import type { ProcessSettings } from "./process-settings.ts"
import type { ProcessTimer } from "./process-timer.ts"
import type { Request } from "./request.ts"
import type { DeadLetters } from "./dead-letters.ts"

/** What a system counts. */
export interface Counters {
  spawned: number
  ended: number
  /** Ended with a reason that is not orderly. */
  crashed: number
  deadLetters: number
  /** Answers that came when nobody waited any more. */
  lateReplies: number
  /** Casts whose method threw `refuse()`. */
  refusedCasts: number
  /** Messages for which the actor has no method. */
  unhandled: number
  /** Async methods that went on after the end of their actor. */
  abandoned: number
}

/** The bodies of tasklets that a world starts by itself. */
export interface Bodies {
  /** The life of a process. */
  readonly live: (cell: Cell) => unknown
  /** Ends a process brutally. */
  readonly reap: (cell: Cell) => void
  /** Ends a process for an error that nobody has caught. */
  readonly fail: (cell: Cell, error: unknown, tasklet: Tasklet) => void
  /** Handles one request beside the main tasklet. */
  readonly beside: (cell: Cell, request: Request) => unknown
}

/** What a world is made of. */
export interface WorldParts {
  readonly name: string
  readonly loop: RunLoop
  readonly settings: ProcessSettings
  readonly messageBudget: number
  readonly callTimeoutMs: number
  readonly slowMethodMs: number
  readonly events: SystemEvents
  readonly names: Names
  readonly deadLetters: DeadLetters
  /** Where crash reports are printed; null if nowhere. */
  readonly log: ((text: string) => void) | null
  /** Where errors go that are nobody's. */
  readonly onUncaught: (error: unknown) => void
  readonly bodies: Bodies
}

export class World {
  readonly name: string
  readonly loop: RunLoop
  readonly settings: ProcessSettings
  /** Changed by tools alone, before anything has been started. */
  messageBudget: number
  readonly callTimeoutMs: number
  readonly slowMethodMs: number
  readonly events: SystemEvents
  readonly names: Names
  readonly deadLetters: DeadLetters
  /** As above. */
  log: ((text: string) => void) | null
  private readonly onUncaught: (error: unknown) => void
  readonly bodies: Bodies
  /** The system's face; set by it. */
  system: unknown = undefined
  lastId = 0
  /** A tool that is told of all that comes to mailboxes; null but in tests. */
  watch: MessageWatch | null = null
  /** A tool that makes beginnings and ends fail; null but in tests. */
  mishaps: Mishaps | null = null
  /** How many receives may still pass at once before one gives way. */
  receivesLeft: number
  /** Whether `stop()` has been called: nothing can be started any more. */
  stopping = false
  oldest: Cell | null = null
  youngest: Cell | null = null
  size = 0
  readonly counters: Counters = {
    spawned: 0,
    ended: 0,
    crashed: 0,
    deadLetters: 0,
    lateReplies: 0,
    refusedCasts: 0,
    unhandled: 0,
    abandoned: 0,
  }
  /** Timers that no process has set. */
  readonly looseTimers = new Set<ProcessTimer>()
  /** By time-out. */
  private readonly deadlines = new Map<number, Deadlines>()
  private fresh: Request[] = []
  private readonly isVirtual: boolean

  constructor(parts: WorldParts) {
    this.name = parts.name
    this.loop = parts.loop
    this.settings = parts.settings
    this.messageBudget = parts.messageBudget
    this.receivesLeft = parts.messageBudget
    this.callTimeoutMs = parts.callTimeoutMs
    this.slowMethodMs = parts.slowMethodMs
    this.events = parts.events
    this.names = parts.names
    this.deadLetters = parts.deadLetters
    this.log = parts.log
    this.onUncaught = parts.onUncaught
    this.bodies = parts.bodies
    this.isVirtual = parts.loop.clock.advance !== undefined
  }

  get now(): number {
    return this.loop.clock.now()
  }

  add(cell: Cell): void {
    cell.older = this.youngest
    if (this.youngest === null) this.oldest = cell
    else this.youngest.younger = cell
    this.youngest = cell
    this.size++
    this.counters.spawned++
  }

  remove(cell: Cell): void {
    const { older, younger } = cell
    if (older === null) this.oldest = younger
    else older.younger = younger
    if (younger === null) this.youngest = older
    else younger.older = older
    cell.older = null
    cell.younger = null
    this.size--
    this.counters.ended++
  }

  /** All processes that have not ended, the oldest first. */
  *cells(): Generator<Cell, void, undefined> {
    for (let cell = this.oldest; cell !== null; ) {
      const next: Cell | null = cell.younger
      yield cell
      cell = next
    }
  }

  /**
   * Limits the time of a call. Reading a host's clock costs about as much as half a call, and most calls are answered before the loop reads it
   * anyway: so the limit counts from that reading, which comes within a slice. It is never early. A virtual clock is read at once.
   */
  limit(request: Request, timeoutMs: number): void {
    if (timeoutMs === Infinity) return
    request.timeoutMs = timeoutMs
    if (this.isVirtual) this.arm(request, { at: this.now })
    else if (this.fresh.push(request) === 1) atNextReading(this.loop, this.armFresh)
  }

  /** Ends a process brutally, from a tasklet of its own. */
  reap(cell: Cell): void {
    const tasklet = this.loop.create(this.bodies.reap as never, cell)
    if (this.loop.hooks !== null) tasklet.detail().name = `the brutal kill of ${cell.ref.toString()}`
    this.loop.launch(tasklet)
  }

  /** Handles a request while the main tasklet waits: it has called back along its own chain of calls. */
  handleBeside(cell: Cell, request: Request): Request {
    const tasklet = this.loop.create(this.bodies.beside as never, cell, request)
    if (this.watch !== null) {
      this.watch.sent(cell, request)
      this.watch.taken(cell, request)
    }
    tasklet.detail().owner = cell
    if (this.loop.hooks !== null) tasklet.detail().name = `the re-entrant call of ${request.method}()`
    const extras = extrasOf(cell)
    ;(extras.handledBeside ??= new Map()).set(tasklet, request)
    this.loop.launch(tasklet)
    return request
  }

  /** An error that is nobody's. */
  uncaught(error: unknown): void {
    this.onUncaught(error)
  }

  private readonly armFresh = (now: number): void => {
    const { fresh } = this
    this.fresh = []
    const reading: Reading = { at: now }
    for (const request of fresh) if (request.open) this.arm(request, reading)
  }

  private arm(request: Request, reading: Reading): void {
    const { timeoutMs } = request
    let deadlines = this.deadlines.get(timeoutMs)
    if (deadlines === undefined) {
      deadlines = new Deadlines(timeoutMs, this.loop, this.forgetDeadlines)
      this.deadlines.set(timeoutMs, deadlines)
    }
    deadlines.add(request, reading)
  }

  private readonly forgetDeadlines = (timeoutMs: number): void => {
    this.deadlines.delete(timeoutMs)
  }
}
