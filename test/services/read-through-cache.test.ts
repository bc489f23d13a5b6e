// Everything is really done, by servers in other processes: that is why these tests are slow.
import { randomUUID } from "node:crypto"
import { all, call, main, type Routine, tasklet } from "@vivarium/core"
import { fetchHttp, type HttpServer } from "@vivarium/net"
import { expect, it } from "vitest"
import { Memcached } from "../../examples/services/memcached.ts"
import { MySql } from "../../examples/services/mysql.ts"
import { serveColours } from "../../examples/services/read-through-cache.ts"
import { outcomeOf } from "./outcome-of.ts"
import { describeWithServers } from "./with-servers.ts"

describeWithServers("the read-through cache", ["VIVARIUM_MEMCACHED", "VIVARIUM_MYSQL"], (memcachedAddress, mysqlAddress) => {
  interface Scene {
    readonly memcached: Memcached
    readonly mysql: MySql
    readonly server: HttpServer
    /** Asks over HTTP, and gives the status, the colour and where it came from. */
    readonly ask: (flower: string) => Routine<string>
    /** Waits until the database is at so many questions for the sphinx's colour. */
    readonly riddles: (count: number) => Routine
  }

  /** Two flowers, and a sphinx for whose colour the database needs longer than a test. In the end nothing may be lent. */
  function play(scene: (scene: Scene) => Routine): Promise<void> {
    return main(function* () {
      const memcached = new Memcached(memcachedAddress, 4)
      const mysql = new MySql(mysqlAddress, 4)
      const table = `flowers_${randomUUID().replaceAll("-", "")}`
      yield* mysql.query(`CREATE TABLE ${table} (name varchar(20), colour varchar(20))`)
      yield* mysql.query(`INSERT INTO ${table} VALUES ('rose', 'red'), ('aster', 'blue'), ('sphinx', '')`)
      yield* mysql.query(`CREATE VIEW ${table}_slow AS SELECT name, IF(name = 'sphinx', SLEEP(600), colour) AS colour FROM ${table}`)
      const server = yield* serveColours(memcached, mysql, `${table}_slow`)
      function* ask(flower: string): Routine<string> {
        const response = yield* fetchHttp(`${server.url}/${flower}`)
        return `${response.status} ${yield* response.text()} ${response.headers.get("x-source") ?? ""}`.trim()
      }
      function* riddles(count: number): Routine {
        const question = "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND info LIKE ?"
        while ((yield* mysql.query(question, [`%FROM ${table}_slow%`])).length !== count) continue
      }
      yield* scene({ memcached, mysql, server, ask, riddles })
      yield* server.close()
      for (const { pool } of [memcached, mysql]) expect(pool.statistics().lent).toBe(0)
      yield* mysql.query(`DROP VIEW ${table}_slow`)
      yield* mysql.query(`DROP TABLE ${table}`)
      yield* memcached.pool.close()
      yield* mysql.pool.close()
    })
  }

  it("asks the database once, and then the cache", () =>
    play(function* ({ ask }) {
      expect(yield* ask("rose")).toBe("200 red mysql")
      expect(yield* ask("rose")).toBe("200 red memcached")
      expect(yield* ask("aster")).toBe("200 blue mysql")
      expect(yield* ask("thistle")).toBe("404 there is no such flower")
      expect(yield* ask("a%20rose")).toBe("400 that is no name of a flower")
    }))

  it("serves many at once with a few connections", () =>
    play(function* ({ ask, memcached, mysql }) {
      const answers = yield* all(Array.from({ length: 100 }, (_, index) => tasklet(ask, index % 2 === 0 ? "rose" : "aster")))
      expect(new Set(answers.map((answer) => answer.replace(/ \w+$/, "")))).toEqual(new Set(["200 red", "200 blue"]))
      for (const { pool } of [memcached, mysql]) expect(pool.statistics().created).toBeLessThanOrEqual(4)
    }))

  it("stops the statement of a client that goes away, and serves the others", () =>
    play(function* ({ ask, mysql, riddles }) {
      const visitor = tasklet(ask, "sphinx")
      yield* riddles(1)
      expect(yield* ask("rose")).toBe("200 red mysql")
      visitor.kill()
      yield* riddles(0)
      expect(mysql.pool.statistics()).toMatchObject({ lent: 0 })
      expect(yield* ask("aster")).toBe("200 blue mysql")
    }))

  it("stops the statement when the server is closed and waits no longer", () =>
    play(function* ({ ask, riddles, server }) {
      const visitor = tasklet(outcomeOf, () => call(ask, "sphinx"))
      yield* riddles(1)
      yield* server.close({ deadlineMs: 0 })
      yield* riddles(0)
      expect(yield* visitor).toContain("broke off")
    }))
})
