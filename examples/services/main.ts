/** Visits every service that can be reached, and says what happened there. */
import { main, type Routine } from "@vivarium/core"
import { addresses } from "./addresses.ts"
import { FlowersServer } from "./flowers-server.ts"
import { Memcached, visitMemcached } from "./memcached.ts"
import { MySql, visitMySql } from "./mysql.ts"
import { Postgres, visitPostgres } from "./postgres.ts"
import { visitReadThroughCache } from "./read-through-cache.ts"
import { Redis, visitRedis } from "./redis.ts"
import { Mailer, visitSmtp } from "./smtp.ts"
import { SmtpSink } from "./smtp-sink.ts"
import { Flowers, visitThrift } from "./thrift.ts"
import { visitXmpp } from "./xmpp.ts"

/** Says what came of a visit; a server that is not there is no error. */
function* say(name: string, visit: () => Routine<string>): Routine {
  try {
    console.log(`${name.padEnd(18)} ${yield* visit()}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error
    console.log(`${name.padEnd(18)} nobody is there: ${(error as Error).message}`)
  }
}

const sink = await SmtpSink.open(async () => "thanks")
const bed = await FlowersServer.open({ nectar: (flower, answer) => answer(null, flower.length) })

await main(function* () {
  const memcached = new Memcached(addresses.memcached)
  const mysql = new MySql(addresses.mysql)
  const postgres = new Postgres(addresses.postgres)
  const redis = new Redis(addresses.redis)
  const flowers = new Flowers(bed.host, bed.port)
  const mailer = new Mailer(sink.url)

  yield* say("memcached", () => visitMemcached(memcached))
  yield* say("mysql", () => visitMySql(mysql))
  yield* say("postgres", () => visitPostgres(postgres))
  yield* say("redis", () => visitRedis(redis))
  yield* say("smtp", () => visitSmtp(mailer))
  yield* say("thrift", () => visitThrift(flowers))
  yield* say("xmpp", () => visitXmpp(addresses.xmpp))
  yield* say("read-through cache", () => visitReadThroughCache(memcached, mysql))

  for (const { pool } of [memcached, mysql, postgres, redis, flowers]) yield* pool.close()
  mailer.close()
  yield* bed.close()
  yield* sink.close()
})
