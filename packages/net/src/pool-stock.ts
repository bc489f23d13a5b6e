/**
 * The stock of a pool: which connections there are, where each of them is, and who may have one.
 *
 * Invariants:
 * 1. There are `max` places, a permit each. A place is held by whoever asks for a connection and has had its turn, by the making of one, by one that is
 *    lent, and by one that is being ended. A connection that comes when nobody waits for it any more has none: it is ended at once.
 * 2. Those at rest hold no place, but are never more than the places that are free or were given to somebody who has not gone on yet.
 * 3. A connection is lent, at rest or on its way to its end, and in one of these only. Whoever is killed passes its connection and its place on.
 */
import { call, Event, InvalidArgumentError, race, type Routine, type RunLoop, select, Semaphore, sleep, TaskletError, TimeoutError } from "@vivarium/core"
import { cancelTimer, type Entry, startTimer, type Timer } from "@vivarium/core/lowlevel"
import { ConnectionError } from "./errors.ts"
import { outcomeOf } from "./handle.ts"
import { endConnection } from "./pool-ending.ts"
import { Making, type MakingOwner } from "./pool-making.ts"

/** What a pool counts. */
export interface ConnectionPoolStatistics {
  /** Connections there are: lent or at rest. */
  readonly size: number
  /** Connections at rest. */
  readonly idle: number
  /** Connections that are lent, or being checked before that. */
  readonly lent: number
  /** Tasklets that wait for their turn. */
  readonly waiting: number
  /** Connections made so far. */
  readonly created: number
  /** Connections thrown away so far, ended or about to be. */
  readonly destroyed: number
}

/** What a pool was told, checked and complete. */
export interface StockSettings<C> {
  readonly create: (signal: AbortSignal) => unknown
  readonly validate: ((connection: C) => unknown) | undefined
  readonly destroy: (connection: C) => unknown
  readonly max: number
  readonly acquireMs: number
  readonly idleMs: number
  readonly maxAgeMs: number
  readonly name: string
}

interface Resting<C> {
  readonly connection: C
  /** When it has rested long enough, or is too old. */
  readonly until: number
}

/** The connections of one pool. */
export class Stock<C> implements MakingOwner<C>, Entry {
  readonly loop: RunLoop
  private readonly settings: StockSettings<C>
  private readonly places: Semaphore
  private readonly born = new Map<C, number>()
  private readonly lent = new Set<C>()
  /** Those at rest, the one that rests longest first. */
  private readonly resting: Resting<C>[] = []
  private readonly shut: Event
  private readonly quiet: Event
  private timer: Timer | null = null
  /** Whether some at rest should be gone, but their places were just given to somebody. */
  private overdue = false
  private endings = 0
  private created = 0
  private destroyed = 0

  constructor(loop: RunLoop, settings: StockSettings<C>) {
    this.loop = loop
    this.settings = settings
    this.places = new Semaphore(settings.max, loop)
    this.shut = new Event(loop)
    this.quiet = new Event(loop)
  }

  /** What it counts now. */
  statistics(): ConnectionPoolStatistics {
    const { created, destroyed, lent, places, resting } = this
    return { size: lent.size + resting.length, idle: resting.length, lent: lent.size, waiting: places.statistics().waiting, created, destroyed }
  }

  /** Lends a connection: the one that has rested least of those that are still good, else a new one. */
  *borrow(): Routine<C> {
    this.checkOpen()
    yield* this.turn()
    for (let rested = this.resting.pop(); rested !== undefined; rested = this.resting.pop()) {
      const { connection } = rested
      this.lent.add(connection)
      if (yield* this.isGood(connection)) return connection
      yield* this.replace(connection)
    }
    return yield* this.make()
  }

  /** One that is lent has come back, and rests, unless it is too old. */
  release(connection: C): void {
    this.takeBack(connection, "release()")
    const until = this.loop.clock.now() + this.settings.idleMs
    if (this.shut.isSet || this.isOld(connection)) return this.end(connection)
    this.rest({ connection, until: Math.min(until, this.oldAt(connection)) })
    this.free()
  }

  /** One that is lent has come back, and is of no use any more. */
  discard(connection: C): void {
    this.takeBack(connection, "discard()")
    this.end(connection)
  }

  /** Lends no more: who waits is told, those at rest are ended. Waits until those that are lent have come back, and all are ended. */
  *close(): Routine {
    this.shut.set()
    this.settle()
    yield* this.quiet.wait()
  }

  /** It has been made, and is lent. */
  came(connection: C): void {
    if (this.isForeign(connection)) throw new InvalidArgumentError("the result of create()", connection, "a connection that the pool does not have yet")
    this.created++
    this.born.set(connection, this.loop.clock.now())
    this.lent.add(connection)
  }

  /** It has come when nobody waited for it any more. */
  late(connection: C): void {
    if (this.isForeign(connection)) return
    this.created++
    this.end(connection, nothing)
  }

  /** Some have rested long enough. */
  enter(): void {
    this.timer = null
    this.endOverdue()
  }

  private isForeign(connection: C): boolean {
    return connection === undefined || this.born.has(connection)
  }

  private checkOpen(): void {
    const { name } = this.settings
    if (this.shut.isSet) throw new ConnectionError("connection_closed", name, `${name} is closed: it lends no connections any more.`)
  }

  /** Waits for a place. */
  private *turn(): Routine {
    const { places, settings } = this
    if (places.tryAcquire()) return
    const { acquireMs, max, name } = settings
    let came: "place" | "shut" | "late" | undefined
    try {
      came = (yield* select({ place: places.acquire(), shut: this.shut.wait(), late: acquireMs === Infinity ? null : sleep(acquireMs) })).key
    } finally {
      // It may have been given a place and killed before it went on.
      if (came !== "place") this.settle()
    }
    if (came === "late") throw new TimeoutError(acquireMs, `a connection of ${name}, all ${max} of which are in use,`)
    if (!this.shut.isSet) return
    if (came === "place") this.free()
    this.checkOpen()
  }

  /** Whether a connection that was at rest can still be used; one whose check is cut short is thrown away. */
  private *isGood(connection: C): Routine<boolean> {
    const { validate } = this.settings
    if (this.isOld(connection)) return false
    if (validate === undefined) return true
    let answer: boolean | undefined
    try {
      // In a tasklet of its own: so an error that is thrown in here is none of the check's.
      answer = yield* race([call(passes<C>, validate, connection)])
      return answer
    } finally {
      if (answer === undefined) this.discard(connection)
    }
  }

  /** Ends one that is no good. The caller has a place afterwards: a free one, if there is one, else that of the one that is ended. */
  private *replace(connection: C): Routine {
    this.takeBack(connection, "replace")
    if (this.places.tryAcquire()) return this.end(connection)
    const vacant = new Event(this.loop)
    let waiting = true
    this.end(connection, () => {
      if (waiting) vacant.set()
      else this.free()
    })
    try {
      yield* vacant.wait()
      waiting = false
    } finally {
      if (waiting && vacant.isSet) this.free()
      waiting = false
    }
  }

  /** Makes one, on the caller's place. */
  private *make(): Routine<C> {
    let making: Making<C> | null = null
    let taken = false
    try {
      this.checkOpen()
      making = new Making(this, this.settings.create)
      const connection = yield* making.connection()
      taken = true
      return connection
    } finally {
      if (!taken) {
        const come = making?.abandon()
        if (come === undefined) this.free()
        else this.release(come)
      }
    }
  }

  private takeBack(connection: C, what: string): void {
    if (this.lent.delete(connection)) return
    const { name } = this.settings
    throw new TaskletError("not_held", `${what} of a connection that ${name} has not lent. Give each back once, by release() or discard(), or use with(body).`)
  }

  /** Ends a connection, on the place that it has. */
  private end(connection: C, onVacant: () => void = () => this.free()): void {
    const { destroy, name } = this.settings
    this.born.delete(connection)
    this.destroyed++
    this.endings++
    endConnection(this.loop, {
      destroy: () => destroy(connection),
      what: `the end of a connection of ${name}`,
      onVacant,
      onOver: () => {
        this.endings--
        this.settle()
      },
    })
  }

  /** A place is free. */
  private free(): void {
    this.places.release()
    this.settle()
  }

  /** Does what a free place lets be done. */
  private settle(): void {
    const { lent, resting } = this
    if (this.shut.isSet || this.overdue) this.endOverdue()
    if (this.timer !== null && lent.size + resting.length === 0) this.stopTimer()
    if (this.shut.isSet && this.endings === 0 && this.places.statistics().available === this.settings.max) this.quiet.set()
  }

  private rest(rested: Resting<C>): void {
    this.resting.push(rested)
    const { until } = rested
    if (until === Infinity || (this.timer !== null && this.timer.at <= until)) return
    this.stopTimer()
    this.timer = startTimer(this.loop, until, this)
  }

  private stopTimer(): void {
    if (this.timer !== null) cancelTimer(this.loop, this.timer)
    this.timer = null
  }

  /** Ends those that have rested long enough, or all if it is shut, as far as there are places for that. */
  private endOverdue(): void {
    const now = this.shut.isSet ? Infinity : this.loop.clock.now()
    const stay: Resting<C>[] = []
    let next = Infinity
    this.overdue = false
    for (const rested of this.resting.splice(0)) {
      if (rested.until <= now && this.places.tryAcquire()) this.end(rested.connection)
      else {
        stay.push(rested)
        if (rested.until > now) next = Math.min(next, rested.until)
        else this.overdue = true
      }
    }
    this.resting.push(...stay)
    this.stopTimer()
    if (next < Infinity) this.timer = startTimer(this.loop, next, this)
  }

  private oldAt(connection: C): number {
    return (this.born.get(connection) ?? 0) + this.settings.maxAgeMs
  }

  private isOld(connection: C): boolean {
    return this.oldAt(connection) <= this.loop.clock.now()
  }
}

function* passes<C>(validate: (connection: C) => unknown, connection: C): Routine<boolean> {
  try {
    return (yield* outcomeOf(validate(connection))) !== false
  } catch {
    // Whatever it says: the connection cannot be used.
    return false
  }
}

function nothing(): void {}
