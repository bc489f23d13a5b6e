// The calls are really made, to a server in another process: that is why these tests are slow.
import { randomUUID } from "node:crypto"
import { main, type Routine, tasklet } from "@vivarium/core"
import { expect, it } from "vitest"
import { Redis, visitRedis } from "../../examples/services/redis.ts"
import { itGivesCallsUpRightly, serverIsAt, type Trial } from "./given-up-calls.ts"
import { outcomeOf } from "./outcome-of.ts"
import { describeWithServers } from "./with-servers.ts"

describeWithServers("redis through ioredis", ["VIVARIUM_REDIS"], (address) => {
  /** Its connections have a name, by which the server is asked, and it waits at a list of its own. */
  class RedisTrial implements Trial {
    readonly name = randomUUID()
    readonly redis = new Redis(`${address}?connectionName=${this.name}`, 2)
    readonly pool = this.redis.pool
    readonly #admin = new Redis(address, 1)

    quick() {
      return this.redis.perform((client) => client.ping())
    }

    slow() {
      return this.redis.perform((client) => client.blpop(this.name, 0))
    }

    *slowCalls(): Routine<number> {
      return (yield* this.#blocked()).length
    }

    *lose(): Routine {
      for (const id of yield* this.#blocked()) yield* this.#admin.perform((client) => client.client("KILL", "ID", id))
    }

    *close(): Routine {
      yield* this.#admin.pool.close()
    }

    *#blocked(): Routine<string[]> {
      const clients = String(yield* this.#admin.perform((client) => client.client("LIST")))
      const ours = clients.split("\n").filter((line) => line.includes(`name=${this.name}`) && line.includes("cmd=blpop"))
      return ours.map((line) => /\bid=(\d+)/.exec(line)?.[1] ?? "")
    }
  }

  itGivesCallsUpRightly(
    () => new RedisTrial(),
    (port) => {
      const redis = new Redis(`redis://127.0.0.1:${port}`, 2)
      return { pool: redis.pool, quick: () => redis.perform((client) => client.ping()) }
    },
  )

  it("reads straight down", async () => {
    await main(function* () {
      const redis = new Redis(address, 1)
      expect(yield* visitRedis(redis)).toBe("Maya came first, then Willy")
      yield* redis.pool.close()
    })
  })

  it("lets no dead tasklet take what comes to a list", async () => {
    await main(function* () {
      const trial = new RedisTrial()
      const dead = tasklet(() => trial.slow())
      yield* serverIsAt(1, trial)
      dead.kill()
      yield* serverIsAt(0, trial)
      yield* trial.redis.perform((client) => client.rpush(trial.name, "nectar"))
      expect(yield* trial.slow()).toEqual([trial.name, "nectar"])
      yield* trial.pool.close()
      yield* trial.close()
    })
  })

  it("keeps the connection after an error of the server", async () => {
    await main(function* () {
      const trial = new RedisTrial()
      const id = yield* trial.redis.perform((client) => client.client("ID"))
      yield* trial.redis.perform((client) => client.set(trial.name, "a text"))
      expect(yield* outcomeOf(() => trial.slow())).toContain("WRONGTYPE")
      expect(yield* trial.redis.perform((client) => client.client("ID"))).toBe(id)
      yield* trial.redis.perform((client) => client.del(trial.name))
      yield* trial.pool.close()
      yield* trial.close()
    })
  })
})
