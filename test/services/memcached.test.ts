// The calls are really made, to a server in another process: that is why these tests are slow.
import { randomUUID } from "node:crypto"
import { main, type Routine, until } from "@vivarium/core"
import { expect, it } from "vitest"
import { Memcached, visitMemcached } from "../../examples/services/memcached.ts"
import { itGivesCallsUpRightly, type Trial } from "./given-up-calls.ts"
import { Muffler } from "./muffler.ts"
import { turn } from "./turn.ts"
import { describeWithServers } from "./with-servers.ts"

describeWithServers("memcached through memjs", ["VIVARIUM_MEMCACHED"], (address) => {
  /** memcached has no slow calls, so there is one key for which nothing comes through. */
  class MemcachedTrial implements Trial {
    readonly memcached: Memcached
    readonly pool
    readonly #muffler: Muffler
    readonly #word: string

    private constructor(muffler: Muffler, word: string) {
      this.#muffler = muffler
      this.#word = word
      this.memcached = new Memcached(muffler.address, 2)
      this.pool = this.memcached.pool
    }

    static async open(): Promise<MemcachedTrial> {
      const word = randomUUID()
      return new MemcachedTrial(await Muffler.open(address, word), word)
    }

    quick() {
      return this.memcached.get("rose")
    }

    slow() {
      return this.memcached.get(this.#word)
    }

    *slowCalls(): Routine<number> {
      yield* until(turn())
      return this.#muffler.silent
    }

    *lose(): Routine {
      this.#muffler.hangUp()
    }

    *close(): Routine {
      yield* this.#muffler.close()
    }
  }

  itGivesCallsUpRightly(() => MemcachedTrial.open(), (port) => {
    const memcached = new Memcached(`127.0.0.1:${port}`, 2)
    return { pool: memcached.pool, quick: () => memcached.get("rose") }
  })

  it("reads straight down", async () => {
    await main(function* () {
      const memcached = new Memcached(address)
      expect(yield* visitMemcached(memcached)).toBe("the rose is red, and then gone")
      yield* memcached.pool.close()
    })
  })
})
