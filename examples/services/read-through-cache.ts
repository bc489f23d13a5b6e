/**
 * The read-through cache of the Concurrence article: memcached in front of MySQL, served over HTTP. Each request has a tasklet of its own, and
 * what it does reads straight down.
 */
import { call, type Operation, race, type Routine, timeout } from "@vivarium/core"
import { fetchHttp, type HttpServer, reply, serveHttp } from "@vivarium/net"
import type { Memcached } from "./memcached.ts"
import type { MySql } from "./mysql.ts"

interface Answer {
  readonly colour: string
  readonly source: "memcached" | "mysql"
}

/** The colour of a flower, out of a table with names and colours; undefined if it is not there. */
function* colourOf(name: string, table: string, memcached: Memcached, mysql: MySql): Routine<Answer | undefined> {
  const key = `${table}-${name}`
  const cached = yield* timeout(1000, memcached.get(key))
  if (cached !== undefined) return { colour: cached, source: "memcached" }
  const [flower] = yield* timeout(10_000, mysql.query<{ colour: string }>(`SELECT colour FROM ${table} WHERE name = ?`, [name]))
  if (flower === undefined) return undefined
  yield* timeout(1000, memcached.set(key, flower.colour, 60))
  return { colour: flower.colour, source: "mysql" }
}

/** Answers `GET /rose` with the rose's colour. */
export function serveColours(memcached: Memcached, mysql: MySql, table: string, port = 0): Operation<HttpServer> {
  return serveHttp({ port }, function* (request) {
    const name = request.path.slice(1)
    if (!/^\w{1,100}$/.test(name)) return reply(400, "that is no name of a flower")
    // If the client goes away, the search ends, wherever it is: what is under way is cut off.
    const answer = yield* race([call(colourOf, name, table, memcached, mysql), request.closed])
    if (!answer) return reply(404, "there is no such flower")
    return reply(200, answer.colour, { "x-source": answer.source })
  })
}

export function* visitReadThroughCache(memcached: Memcached, mysql: MySql): Routine<string> {
  const table = "vivarium_flowers"
  yield* mysql.query(`DROP TABLE IF EXISTS ${table}`)
  yield* mysql.query(`CREATE TABLE ${table} (name varchar(100) PRIMARY KEY, colour varchar(100))`)
  yield* mysql.query(`INSERT INTO ${table} VALUES ('rose', 'red'), ('aster', 'blue')`)
  yield* memcached.delete(`${table}-rose`)
  const server = yield* serveColours(memcached, mysql, table)
  const answers: string[] = []
  for (const path of ["rose", "rose", "thistle"]) {
    const response = yield* fetchHttp(`${server.url}/${path}`)
    answers.push(`${yield* response.text()} (${response.headers.get("x-source") ?? response.status})`)
  }
  yield* server.close()
  yield* mysql.query(`DROP TABLE ${table}`)
  return answers.join(", ")
}
