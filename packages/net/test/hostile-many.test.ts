import { type Routine, until } from "@vivarium/core"
import { listen, reply } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, serving } from "./fixtures/http-world.ts"
import type { Outcome } from "./fixtures/many-clients.ts"
import { runFixture } from "./fixtures/run-fixture.ts"

/** As many as this process, and the one of the clients, may hold open. */
function possible(): number {
  const { userLimits } = process.report.getReport() as unknown as { readonly userLimits: { readonly open_files: { readonly soft: number | "unlimited" } } }
  const { soft } = userLimits.open_files
  return soft === "unlimited" ? 10_000 : Math.min(10_000, soft - 500)
}

const count = possible()
const megabyte = 1_048_576

/** Has that many clients ask, beside a noisy one, and tells how that went. */
function* crowd(kind: string, port: number): Routine<Outcome> {
  const ended = yield* until(runFixture("many-clients.ts", kind, String(port), String(count)))
  expect(ended).toMatchObject({ code: 0, stderr: "" })
  return JSON.parse(ended.stdout) as Outcome
}

// These take some seconds: that many connections are made, used three times each and closed, between two processes.
describe(`${count} connections${count < 10_000 ? " (the limit of open files allows no more)" : ""}, and one noisy neighbour`, () => {
  it("are all served by listen(), within 1 GB", async () => {
    await inWorld(function* ({ reports }) {
      let most = 0
      const server = yield* listen({ port: 0 }, function* (connection, self) {
        most = Math.max(most, self.statistics().connections)
        for (let line = yield* connection.readLine(); line !== undefined; line = yield* connection.readLine()) yield* connection.write(`${line}\n`)
      })
      const outcome = yield* crowd("tcp", server.port)
      expect(outcome).toEqual({ connected: count + 1, answered: 3 * count, wrong: 0, errors: 0, noisy: expect.any(Number) as number })
      expect(outcome.noisy).toBeGreaterThan(0)
      expect(most).toBe(count + 1)
      expect(process.memoryUsage().rss).toBeLessThan(1024 * megabyte)
      yield* eventually(() => server.statistics().connections === 0)
      expect(server.statistics()).toMatchObject({ accepted: count + 1, rejected: 0 })
      yield* server.close()
      // The noisy one may have gone in the middle of an answer.
      expect(reports.length).toBeLessThanOrEqual(1)
    })
  }, 60_000)

  it("are all served by serveHttp(), within 1 GB", async () => {
    await inWorld(function* ({ reports }) {
      let most = 0
      yield* serving({}, ({ path }, self) => {
        most = Math.max(most, self.statistics().connections)
        return reply(200, path)
      }, function* (server) {
        const outcome = yield* crowd("http", server.port)
        expect(outcome).toEqual({ connected: count + 1, answered: 3 * count, wrong: 0, errors: 0, noisy: expect.any(Number) as number })
        expect(outcome.noisy).toBeGreaterThan(0)
        expect(most).toBe(count + 1)
        expect(process.memoryUsage().rss).toBeLessThan(1024 * megabyte)
        yield* eventually(() => server.statistics().connections === 0)
        expect(server.statistics()).toMatchObject({ rejected: 0, refused: 0, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  }, 60_000)
})
