/** A cache in front of a slow database, which must not be asked twice for the same. */
import { Deferred, type Routine, sleep, tasklet } from "@vivarium/core"
import type { Scenario } from "@vivarium/testkit"

/** The database: counts who is asking. */
export class Database {
  /** Takes a while. */
  *load(key: string): Routine<string> {
    this.asking++
    this.most = Math.max(this.most, this.asking)
    yield* sleep(10)
    this.asking--
    return `value of ${key}`
  }

  /** How many ask now, and how many did so at the same time at most. */
  asking = 0
  most = 0
}

/** Gets a value, from the cache or the database. */
export interface Cache {
  get(key: string): Routine<string>
}

/** Keeps values once they have come: whoever asks before that asks the database, too. */
export class PlainCache implements Cache {
  readonly #values = new Map<string, string>()
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  *get(key: string): Routine<string> {
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const value = yield* this.#database.load(key)
    this.#values.set(key, value)
    return value
  }
}

/** Keeps the question: whoever asks meanwhile waits for the same answer. */
export class SingleFlightCache implements Cache {
  readonly #flights = new Map<string, Deferred<string>>()
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  *get(key: string): Routine<string> {
    const known = this.#flights.get(key)
    if (known !== undefined) return yield* known.wait()
    const flight = new Deferred<string>()
    this.#flights.set(key, flight)
    const value = yield* this.#database.load(key)
    flight.resolve(value)
    return value
  }
}

/** Two clients want the same; the second comes as the answer for the first is due. */
export function rush(makeCache: (database: Database) => Cache): Scenario {
  return function* ({ check }) {
    const database = new Database()
    const cache = makeCache(database)
    check("the database is asked once at a time", () => database.most <= 1)
    const first = tasklet({ name: "first client" }, () => cache.get("rose"))
    const second = tasklet({ name: "second client" }, function* () {
      yield* sleep(10)
      return yield* cache.get("rose")
    })
    check("both get it", (yield* first) === (yield* second))
  }
}
