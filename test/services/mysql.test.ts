// The calls are really made, to a server in another process: that is why these tests are slow.
import { randomUUID } from "node:crypto"
import { main, type Routine } from "@vivarium/core"
import { expect, it } from "vitest"
import { MySql, visitMySql } from "../../examples/services/mysql.ts"
import { itGivesCallsUpRightly, type Trial } from "./given-up-calls.ts"
import { outcomeOf } from "./outcome-of.ts"
import { describeWithServers } from "./with-servers.ts"

describeWithServers("mysql through mysql2", ["VIVARIUM_MYSQL"], (address) => {
  /** Its slow statement bears a mark, by which the server's list of processes shows it. */
  class MySqlTrial implements Trial {
    readonly mark = randomUUID()
    readonly mysql = new MySql(address, 2)
    readonly pool = this.mysql.pool
    readonly #admin = new MySql(address, 1)

    quick() {
      return this.mysql.query("SELECT 1")
    }

    slow() {
      return this.mysql.query(`SELECT SLEEP(600) /* ${this.mark} */`)
    }

    *slowCalls(): Routine<number> {
      return (yield* this.#slow()).length
    }

    *lose(): Routine {
      for (const { id } of yield* this.#slow()) yield* this.#admin.query(`KILL ${id}`)
    }

    *close(): Routine {
      yield* this.#admin.pool.close()
    }

    #slow() {
      return this.#admin.query<{ id: number }>(
        "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND info LIKE ?",
        [`%${this.mark}%`],
      )
    }
  }

  itGivesCallsUpRightly(
    () => new MySqlTrial(),
    (port) => {
      const mysql = new MySql(`mysql://nobody@127.0.0.1:${port}/nothing`, 2)
      return { pool: mysql.pool, quick: () => mysql.query("SELECT 1") }
    },
  )

  it("reads straight down", async () => {
    await main(function* () {
      const mysql = new MySql(address)
      expect(yield* visitMySql(mysql)).toBe("the rose has 21 units of nectar; a statement of a minute was given up after 50 ms")
      yield* mysql.pool.close()
    })
  })

  it("keeps the connection after an error of the server", async () => {
    await main(function* () {
      const mysql = new MySql(address, 1)
      const [before] = yield* mysql.query<{ id: number }>("SELECT CONNECTION_ID() AS id")
      expect(yield* outcomeOf(() => mysql.query("SELECT nonsense"))).toContain("Unknown column 'nonsense'")
      expect(yield* mysql.query("SELECT CONNECTION_ID() AS id")).toEqual([before])
      yield* mysql.pool.close()
    })
  })
})
