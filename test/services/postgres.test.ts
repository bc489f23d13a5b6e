// The calls are really made, to a server in another process: that is why these tests are slow.
import { randomUUID } from "node:crypto"
import { call, Event, main, type Routine, tasklet } from "@vivarium/core"
import { expect, it } from "vitest"
import { Postgres, type Session, visitPostgres } from "../../examples/services/postgres.ts"
import { itGivesCallsUpRightly, type Trial } from "./given-up-calls.ts"
import { outcomeOf } from "./outcome-of.ts"
import { describeWithServers } from "./with-servers.ts"

describeWithServers("postgres through pg", ["VIVARIUM_POSTGRES"], (address) => {
  /** Its slow query bears a mark, by which the server's list of activities shows it. */
  class PostgresTrial implements Trial {
    readonly mark = randomUUID()
    readonly postgres = new Postgres(address, 2)
    readonly pool = this.postgres.pool
    readonly #admin = new Postgres(address, 1)

    quick() {
      return this.postgres.query("SELECT 1")
    }

    slow() {
      return this.postgres.query(`SELECT pg_sleep(600) /* ${this.mark} */`)
    }

    *slowCalls(): Routine<number> {
      return (yield* this.#slow()).length
    }

    *lose(): Routine {
      for (const { pid } of yield* this.#slow()) yield* this.#admin.query("SELECT pg_terminate_backend($1)", [pid])
    }

    *close(): Routine {
      yield* this.#admin.pool.close()
    }

    #slow() {
      return this.#admin.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE $1",
        [`%${this.mark}%`],
      )
    }
  }

  itGivesCallsUpRightly(
    () => new PostgresTrial(),
    (port) => {
      const postgres = new Postgres(`postgres://nobody@127.0.0.1:${port}/nothing`, 2)
      return { pool: postgres.pool, quick: () => postgres.query("SELECT 1") }
    },
  )

  it("reads straight down", async () => {
    await main(function* () {
      const postgres = new Postgres(address)
      expect(yield* visitPostgres(postgres)).toBe("the rose has 21 units of nectar; a query of a minute was given up after 50 ms")
      yield* postgres.pool.close()
    })
  })

  it("keeps the connection after an error of the server", async () => {
    await main(function* () {
      const postgres = new Postgres(address, 1)
      const before = yield* postgres.query("SELECT pg_backend_pid()")
      expect(yield* outcomeOf(() => postgres.query("SELECT nonsense"))).toContain('column "nonsense" does not exist')
      expect(yield* postgres.query("SELECT pg_backend_pid()")).toEqual(before)
      yield* postgres.pool.close()
    })
  })

  it("commits a transaction whose body returns, and rolls back one whose body raises or is killed", async () => {
    await main(function* () {
      const postgres = new Postgres(address, 2)
      const table = `flowers_${randomUUID().replaceAll("-", "")}`
      yield* postgres.query(`CREATE TABLE ${table} (name text)`)
      const names = () => postgres.query(`SELECT name FROM ${table} ORDER BY name`)
      const insert = `INSERT INTO ${table} VALUES ($1)`

      yield* postgres.transaction(function* (session) {
        yield* session.query(insert, ["aster"])
        yield* session.query(insert, ["rose"])
      })
      expect(yield* names()).toEqual([{ name: "aster" }, { name: "rose" }])

      function* refuse(session: Session): Routine {
        yield* session.query(insert, ["thistle"])
        throw new Error("no thistles")
      }
      expect(yield* outcomeOf(() => call(() => postgres.transaction(refuse)))).toBe("Error: no thistles")
      expect(postgres.pool.statistics()).toMatchObject({ lent: 0, idle: 1 })

      const inserted = new Event()
      const killed = tasklet(function* () {
        yield* postgres.transaction(function* (session) {
          yield* session.query(insert, ["nettle"])
          inserted.set()
          // Between two statements: nothing is under way on the connection.
          yield* new Event().wait()
        })
      })
      yield* inserted.wait()
      killed.kill()
      expect(postgres.pool.statistics()).toMatchObject({ lent: 0, idle: 0 })

      expect(yield* names()).toEqual([{ name: "aster" }, { name: "rose" }])
      yield* postgres.query(`DROP TABLE ${table}`)
      yield* postgres.pool.close()
    })
  })
})
