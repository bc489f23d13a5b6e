import { race, type Routine, Scheduler, tasklet, timeout } from "@vivarium/core"
import { connect, type Connection, ConnectionPool, listen, type Server } from "@vivarium/net"
import { describe, expect, it } from "vitest"

/** Runs a body beside an echo server; in the end nothing may be connected to that any more. */
async function beside(body: (server: Server, scheduler: Scheduler) => Routine<unknown>): Promise<void> {
  const scheduler = new Scheduler()
  await scheduler.main(function* () {
    const server = yield* listen({ port: 0 }, function* (connection) {
      yield* connection.lines().each((line) => connection.write(`${line}\n`))
    })
    yield* body(server, scheduler)
    const probe = yield* connect({ port: server.port })
    for (let round = 0; round < 200 && server.statistics().connections > 1; round++) {
      yield* probe.write("still there?\n")
      yield* probe.readLine()
    }
    expect(server.statistics().connections).toBe(1)
    yield* probe.close()
    yield* server.close()
  })
}

/** Kills a tasklet as soon as it is woken for the n-th time, before it goes on. */
function killAtWake(scheduler: Scheduler, name: string, wakes: number): Disposable {
  let count = 0
  return scheduler.instrument({
    woken: (woken) => {
      if (woken.name === name && ++count === wakes) woken.kill({ pending: true })
    },
  })
}

describe("a pool of sockets", () => {
  it("asks and answers over connections that it lends again", () =>
    beside(function* (server) {
      const pool = new ConnectionPool({ create: () => connect({ port: server.port }), destroy: (connection) => connection.close(), max: 3 })
      const ask = (text: string) =>
        pool.with(function* (connection: Connection) {
          yield* connection.write(`${text}\n`)
          return yield* connection.readLine()
        })
      const answers = Array.from({ length: 20 }, (_, number) => tasklet(() => ask(`${number}`)))
      for (const [number, answer] of answers.entries()) expect(yield* answer).toBe(`${number}`)
      expect(pool.statistics()).toMatchObject({ created: 3, idle: 3 })
      yield* pool.close()
      expect(pool.statistics()).toMatchObject({ size: 0, destroyed: 3 })
    }))

  it("throws a connection away whose answer is still under way, and never gives it to the next one", () =>
    beside(function* (server) {
      const pool = new ConnectionPool({ create: () => connect({ port: server.port }), destroy: (connection) => connection.close(), max: 1 })
      const ask = (text: string) =>
        pool.with(function* (connection: Connection) {
          yield* connection.write(`${text}\n`)
          return yield* connection.readLine()
        })
      const victim = tasklet(ask, "for nobody")
      const next = tasklet(ask, "for me")
      yield* pool.with((connection) => connection.write(""))
      victim.kill()
      expect(yield* next).toBe("for me")
      yield* pool.close()
    }))

  it.each([1, 2, 3, 4, 5, 6])("loses no socket if whoever asks for one is killed when he is woken for the %i. time", (wakes) =>
    beside(function* (server, scheduler) {
      for (const way of ["pool", "pool with time-out", "connect", "connect with time-out", "race"]) {
        const pool = new ConnectionPool({ create: () => connect({ port: server.port }), destroy: (connection) => connection.destroy(), max: 2 })
        const connecting = connect({ port: server.port })
        using _tool = killAtWake(scheduler, way, wakes)
        const victim = tasklet({ name: way }, function* () {
          if (way === "pool") return yield* pool.with((connection) => connection.read())
          if (way === "pool with time-out") return pool.discard(yield* timeout(10_000, pool.acquire()))
          const connection = yield* way === "connect" ? connecting : way === "race" ? race([connecting]) : timeout(10_000, connecting)
          connection.destroy()
        })
        const reader = tasklet(function* () {
          // A victim that lives on, and reads from an echo that is never asked, is killed when another connection was made.
          yield* pool.with(() => {})
          victim.kill()
        })
        try {
          yield* victim
        } catch {}
        yield* reader
        yield* pool.close()
        expect(pool.statistics()).toMatchObject({ size: 0, lent: 0 })
      }
    }),
  )
})
