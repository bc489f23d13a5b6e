// The calls are really made, over sockets: that is why these tests are slow.
import { main, type Routine, until } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { FlowersServer } from "../../examples/services/flowers-server.ts"
import { Flowers, visitThrift } from "../../examples/services/thrift.ts"
import { itGivesCallsUpRightly, type Trial } from "./given-up-calls.ts"
import { outcomeOf } from "./outcome-of.ts"
import { turn } from "./turn.ts"

describe("a thrift service through thrift", { timeout: 30_000 }, () => {
  /** Its server has an answer for every flower but one. */
  class ThriftTrial implements Trial {
    readonly flowers: Flowers
    readonly #server: FlowersServer
    #asked = 0

    private constructor(server: FlowersServer) {
      this.#server = server
      this.flowers = new Flowers(server.host, server.port, 2)
    }

    static async open(): Promise<ThriftTrial> {
      const server: FlowersServer = await FlowersServer.open({
        nectar(flower, answer) {
          if (flower === "sphinx") trial.#asked++
          else if (flower === "thistle") answer(new Error("a thistle has none"))
          else answer(null, flower.length)
        },
      })
      const trial = new ThriftTrial(server)
      return trial
    }

    get pool() {
      return this.flowers.pool
    }

    quick() {
      return this.flowers.nectar("rose")
    }

    slow() {
      return this.flowers.nectar("sphinx")
    }

    /** The server does not tell which connection a call came on; but those that are not at rest here are at one. */
    *slowCalls(): Routine<number> {
      yield* until(turn())
      return Math.min(this.#asked, this.#server.connections - this.pool.statistics().idle)
    }

    *lose(): Routine {
      this.#server.hangUp()
    }

    *close(): Routine {
      yield* this.#server.close()
    }
  }

  itGivesCallsUpRightly(() => ThriftTrial.open(), (port) => {
    const flowers = new Flowers("127.0.0.1", port, 2)
    return { pool: flowers.pool, quick: () => flowers.nectar("rose") }
  })

  it("reads straight down", async () => {
    const trial = await ThriftTrial.open()
    await main(function* () {
      expect(yield* visitThrift(trial.flowers)).toBe("the rose has 4 units of nectar")
      yield* trial.pool.close()
      yield* trial.close()
    })
  })

  it("keeps the connection after an error of the server", async () => {
    const trial = await ThriftTrial.open()
    await main(function* () {
      expect(yield* outcomeOf(() => trial.flowers.nectar("thistle"))).toContain("a thistle has none")
      expect(yield* trial.flowers.nectar("rose")).toBe(4)
      expect(trial.pool.statistics()).toMatchObject({ created: 1 })
      yield* trial.pool.close()
      yield* trial.close()
    })
  })
})
