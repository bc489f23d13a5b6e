// What was asked for under a time-out or in a select has come, but whoever has asked is killed before they can take it: it is closed.
import { Event, type Operation, race, Scheduler, select, sleep, timeout } from "@vivarium/core"
import { connect, HttpClient, listen, reply, serveHttp } from "@vivarium/net"
import { describe, expect, it } from "vitest"

const ways: readonly (readonly [string, (operation: Operation<unknown>) => Operation<unknown>])[] = [
  ["a time-out", (operation) => timeout(10_000, operation)],
  ["a select", (operation) => select({ one: operation, late: sleep(10_000) })],
  ["a race of time-outs", (operation) => race([timeout(10_000, operation), sleep(10_000)])],
]

/** Performs an operation in a tasklet that is killed as soon as it is woken with what that has brought. */
function killedAtWake(scheduler: Scheduler, operation: Operation<unknown>): { readonly killed: Event } {
  const killed = new Event(scheduler)
  let wakes = 0
  const tool = scheduler.instrument({
    woken: (woken) => {
      // The first time is its start.
      if (woken.name !== "victim" || ++wakes !== 2) return
      woken.kill({ pending: true })
      tool[Symbol.dispose]()
      killed.set()
    },
  })
  scheduler.tasklet({ name: "victim" }, function* () {
    yield* operation
    throw new Error("it was not killed in time")
  })
  return { killed }
}

describe.each(ways)("under %s", (_name, wrap) => {
  it("a connection is destroyed: its server sees it go", async () => {
    const scheduler = new Scheduler()
    await scheduler.main(function* () {
      const gone = new Event()
      const server = yield* listen({ port: 0 }, function* (connection) {
        yield* connection.closed
        gone.set()
      })
      yield* killedAtWake(scheduler, wrap(connect({ port: server.port }))).killed.wait()
      yield* gone.wait()
      yield* server.close()
      expect(server.statistics()).toMatchObject({ connections: 0, accepted: 1 })
    })
  })

  it("a server is closed: its port can be taken again", async () => {
    const scheduler = new Scheduler()
    await scheduler.main(function* () {
      const first = yield* listen({ port: 0 }, function* () {})
      const { port } = first
      yield* first.close()
      yield* killedAtWake(scheduler, wrap(listen({ port }, function* () {}))).killed.wait()
      yield* killedAtWake(scheduler, wrap(serveHttp({ port }, () => reply(200)))).killed.wait()
      const last = yield* listen({ port }, function* () {})
      expect(last.port).toBe(port)
      yield* last.close()
    })
  })

  it("a response is given up: the one connection of its client is free again", async () => {
    const scheduler = new Scheduler()
    await scheduler.main(function* () {
      const over = new Event()
      const server = yield* serveHttp({ port: 0 }, (request) =>
        request.path === "/short"
          ? reply(200, "short")
          : reply(200, function* (body) {
              try {
                for (;;) yield* body.write("nectar".repeat(1000))
              } finally {
                over.set()
              }
            }),
      )
      const client = new HttpClient({ maxConnections: 1 })
      yield* killedAtWake(scheduler, wrap(client.fetch(`${server.url}/endless`))).killed.wait()
      yield* over.wait()
      const response = yield* client.fetch(`${server.url}/short`)
      expect(yield* response.text()).toBe("short")
      yield* client.close()
      yield* server.close()
    })
  })
})
