/** A service whose lines know who uses them, and a pool of them that is watched: for the scenarios of pools. */
import type { Routine } from "@vivarium/core"
import { ConnectionPool, type ConnectionPoolOptions } from "@vivarium/net"
import type { Check } from "@vivarium/testkit"

export interface Line {
  readonly id: number
  users: number
  ended: number
}

/** What a scenario has of its pool. */
export interface WatchedPool {
  readonly pool: ConnectionPool<Line>
  readonly exchange: Exchange
}

/** The service's side of all lines there ever were. */
export class Exchange {
  readonly lines: Line[] = []

  readonly make = (): Line => {
    const line = { id: this.lines.length + 1, users: 0, ended: 0 }
    this.lines.push(line)
    return line
  }

  readonly end = (line: Line): void => {
    line.ended++
  }

  get open(): number {
    return this.lines.filter(({ ended }) => ended === 0).length
  }
}

/**
 * Makes a pool, and says what holds of it after every slice: `max` lines at most, each used by one at a time and ended once at most, and figures that agree.
 * A line whose end takes longer than the pool waits for it may be one too many.
 */
export function watchedPool(check: Check, options: (exchange: Exchange) => Partial<ConnectionPoolOptions<Line>> & { readonly max: number }): WatchedPool {
  const exchange = new Exchange()
  const settings = options(exchange)
  const pool = new ConnectionPool<Line>({ create: exchange.make, destroy: exchange.end, ...settings })
  check("never more lines than max", () => exchange.open <= settings.max)
  check("each is used by one at a time, and by nobody once it is ended", () => exchange.lines.every(({ ended, users }) => users <= 1 && (users === 0 || ended === 0)))
  check("none is ended twice", () => exchange.lines.every(({ ended }) => ended <= 1))
  check("the figures agree", () => {
    const { created, destroyed, idle, lent, size } = pool.statistics()
    return size === idle + lent && size === created - destroyed && size <= settings.max && created <= exchange.lines.length
  })
  return { pool, exchange }
}

/** Uses a line: nobody else may meanwhile. */
export function* use(line: Line, work: () => Routine<unknown>): Routine {
  line.users++
  try {
    yield* work()
  } finally {
    line.users--
  }
}

/** Closes a pool: then each line that there ever was is ended, and nobody has or waits for one. */
export function* closed({ exchange, pool }: WatchedPool, check: Check): Routine {
  yield* pool.close()
  const { created, destroyed, idle, lent, size, waiting } = pool.statistics()
  check("nothing is left", size + idle + lent + waiting === 0)
  check("all were ended, once", exchange.lines.every(({ ended }) => ended === 1))
  check("all were counted", created === exchange.lines.length && destroyed === created)
}
