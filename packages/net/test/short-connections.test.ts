/** Connections whose peer ends first, as those of most protocols do: they close without waiting, and lose nothing. */
import { connect, type Connection, listen } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { makeWorld } from "./fixtures/world.ts"
import { eventually } from "./fixtures/http-world.ts"

const answers = [["little", "x".repeat(100)], ["much", "x".repeat(5_000_000)]] as const

function* allOf(connection: Connection) {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = yield* connection.read()
    if (chunk === undefined) return Buffer.concat(chunks).toString()
    chunks.push(chunk)
  }
}

describe("a connection whose peer has ended", () => {
  it.each(answers)("delivers all that was written after that, then the end: %s", async (_, answer) => {
    const world = makeWorld()
    await world.main(function* () {
      const server = yield* listen({ port: 0, halfOpen: true }, function* (connection) {
        const question = yield* allOf(connection)
        yield* connection.write(`${question}: ${answer}`)
      })
      const client = yield* connect({ port: server.port, halfOpen: true })
      yield* client.write("question")
      yield* client.end()
      expect((yield* allOf(client)) === `question: ${answer}`).toBe(true)
      yield* client.close()
      yield* eventually(() => server.statistics().connections === 0)
      yield* server.close()
    })
    expect(world.reports).toEqual([])
  })

  it("is gone when its handler has returned, many times over", async () => {
    const world = makeWorld()
    await world.main(function* () {
      const server = yield* listen({ port: 0 }, function* (connection) {
        for (;;) {
          const line = yield* connection.readLine()
          if (line === undefined) return
          yield* connection.write(`${line}\n`)
        }
      })
      for (let count = 1; count <= 20; count++) {
        const client = yield* connect({ port: server.port })
        yield* client.write("hello\n")
        expect(yield* client.readLine()).toBe("hello")
        yield* client.close()
        yield* eventually(() => server.statistics().connections === 0)
        expect(server.statistics()).toMatchObject({ accepted: count, failed: 0 })
      }
      yield* server.close()
    })
    expect(world.reports).toEqual([])
  })
})
