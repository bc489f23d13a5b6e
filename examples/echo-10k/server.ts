/** The server's process: answers each request with what it says, in a tasklet of its own. */
import { Barrier, type Routine, Scheduler } from "@vivarium/core"
import { type Connection, type HttpRequest, type HttpServer, listen, type Reply, reply, serveHttp, type Server } from "@vivarium/net"
import type { Measurement, Protocol, ServerTask } from "./messages.ts"
import { work } from "./worker.ts"

const scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
let server: Server | HttpServer | undefined
let meeting = new Barrier(1, scheduler)
let underWay = 0
let most = { requests: 0, tasklets: 0 }

/** Holds a request until all that are expected are under way. */
function* meet(): Routine {
  underWay++
  if (underWay > most.requests) {
    const { created, ended } = scheduler.statistics()
    most = { requests: underWay, tasklets: created - ended }
  }
  yield* meeting.wait()
  underWay--
}

/** A connection: its requests are lines. */
function* echo(connection: Connection): Routine {
  for (;;) {
    const line = yield* connection.readLine({ timeoutMs: Infinity })
    if (line === undefined) return
    if (line.startsWith("together")) yield* meet()
    yield* connection.write(`${line}\n`)
  }
}

/** A request of HTTP: what it says stands in its query. */
function* answer(request: HttpRequest): Routine<Reply> {
  const says = request.query.get("says") ?? ""
  if (says.startsWith("together")) yield* meet()
  return reply(200, says)
}

const start: Readonly<Record<Protocol, () => Routine<Server | HttpServer>>> = {
  *tcp() {
    return yield* listen({ port: 0 }, echo)
  },
  *http() {
    return yield* serveHttp({ port: 0 }, answer)
  },
}

await work(scheduler, function* (task: ServerTask): Routine<unknown> {
  switch (task.do) {
    case "serve":
      most = { requests: 0, tasklets: 0 }
      server = yield* start[task.protocol]()
      return { port: server.port }
    case "expect":
      meeting = new Barrier(task.requests)
      return undefined
    case "measure":
      return measure()
    case "close":
      if (server !== undefined) yield* server.close()
      return undefined
  }
})

function measure(): Measurement {
  globalThis.gc?.()
  const { system, user } = process.cpuUsage()
  return { connections: openConnections(), ...most, rssBytes: process.memoryUsage.rss(), cpuMs: (system + user) / 1000 }
}

function openConnections(): number {
  return server?.statistics().connections ?? 0
}
