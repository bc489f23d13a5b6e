/** What must hold for every client that is lent by a pool, whatever its library: the same tests for all of them. */
import { all, main, type Operation, Random, type Routine, type Tasklet, tasklet, timeout, until } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { outcomeOf } from "./outcome-of.ts"
import { destroyed, SilentServer } from "./silent-server.ts"
import { turn } from "./turn.ts"

interface Pool {
  statistics(): { readonly idle: number; readonly lent: number }
  close(): Operation<unknown>
}

/** A service, reached by a pool of two connections. */
export interface Trial {
  readonly pool: Pool
  /** A call that is answered at once. */
  quick(): Operation<unknown>
  /** One that is not answered in the time of a test. */
  slow(): Operation<unknown>
  /** How many slow calls of this trial the server is at: it is asked. */
  slowCalls(): Routine<number>
  /** Makes the server close the connections on which it is at a slow call. */
  lose(): Routine
  /** Closes what is not the pool. */
  close(): Routine
}

/** What can be done with a server that says nothing. */
export type SilentTrial = Pick<Trial, "pool" | "quick">

/** `openTo` reaches a server on a port of this machine. */
export function itGivesCallsUpRightly(open: () => Trial | Promise<Trial>, openTo: (port: number) => SilentTrial): void {
  /** Plays a scene. In the end nothing may be lent, and the server at nothing. */
  async function play(scene: (trial: Trial) => Routine): Promise<void> {
    const trial = await open()
    await main(function* () {
      yield* scene(trial)
      expect(trial.pool.statistics().lent).toBe(0)
      yield* serverIsAt(0, trial)
      yield* trial.pool.close()
      yield* trial.close()
    })
  }

  /** A tasklet in the middle of a slow call; it ends with what went wrong. */
  function* inTheMiddle(trial: Trial): Routine<Tasklet<string>> {
    const caller = tasklet(outcomeOf, () => trial.slow())
    yield* serverIsAt(1, trial)
    return caller
  }

  describe("a call that is given up", () => {
    it("costs its connection if its tasklet is killed in the middle; the next call works", () =>
      play(function* (trial) {
        yield* trial.quick()
        const caller = yield* inTheMiddle(trial)
        expect(trial.pool.statistics()).toMatchObject({ lent: 1, idle: 0 })
        caller.kill()
        expect(trial.pool.statistics()).toMatchObject({ lent: 0, idle: 0 })
        yield* trial.quick()
        expect(trial.pool.statistics()).toMatchObject({ lent: 0, idle: 1 })
      }))

    it("costs its connection if a time-out ends it in the middle; the next call works", () =>
      play(function* (trial) {
        yield* trial.quick()
        expect(yield* outcomeOf(() => timeout(50, trial.slow()))).toContain("did not finish within 50 ms")
        expect(trial.pool.statistics()).toMatchObject({ lent: 0, idle: 0 })
        yield* trial.quick()
        expect(trial.pool.statistics()).toMatchObject({ lent: 0, idle: 1 })
      }))

    it("fails if the server closes the connection in the middle; the next call works", () =>
      play(function* (trial) {
        const caller = yield* inTheMiddle(trial)
        yield* trial.lose()
        expect(yield* caller).not.toBe("answered")
        expect(trial.pool.statistics()).toMatchObject({ lent: 0, idle: 0 })
        yield* trial.quick()
        expect(trial.pool.statistics()).toMatchObject({ lent: 0, idle: 1 })
      }))

    it("leaves other calls on other connections alone", () =>
      play(function* (trial) {
        const caller = yield* inTheMiddle(trial)
        yield* trial.quick()
        caller.kill()
        expect(trial.pool.statistics()).toMatchObject({ lent: 0, idle: 1 })
      }))

    it("leaves no trace if its tasklet is killed while it waits for a connection", () =>
      play(function* (trial) {
        const holders = [tasklet(outcomeOf, () => trial.slow()), tasklet(outcomeOf, () => trial.slow())]
        yield* serverIsAt(2, trial)
        const waiting = tasklet(outcomeOf, () => trial.quick())
        const patient = tasklet(outcomeOf, () => trial.quick())
        yield* serverIsAt(2, trial)
        waiting.kill()
        holders[0]?.kill()
        expect(yield* patient).toBe("answered")
        holders[1]?.kill()
      }))

    it("leaves no trace if its tasklet is killed at any other moment", () =>
      play(function* (trial) {
        const chance = new Random(1)
        for (let round = 0; round < 30; round++) {
          const caller = tasklet(outcomeOf, () => (round % 2 === 0 ? trial.slow() : trial.quick()))
          for (let turns = chance.integer(20); turns > 0; turns--) yield* until(turn())
          caller.kill()
          expect(trial.pool.statistics().lent).toBe(0)
        }
        yield* all([trial.quick(), trial.quick()])
        expect(trial.pool.statistics()).toMatchObject({ lent: 0, idle: 2 })
      }))

    it("leaves no trace if its tasklet is killed while the server takes its time to greet", async () => {
      const server = await SilentServer.open()
      const { pool, quick } = openTo(server.port)
      await main(function* () {
        const caller = tasklet(outcomeOf, quick)
        const visitor = yield* server.visitor()
        caller.kill()
        expect(pool.statistics().lent).toBe(0)
        // Where nobody greets, it may have been made just now: nobody has used it, so it is not thrown away but at rest.
        if (pool.statistics().idle === 1) yield* pool.close()
        yield* until(destroyed(visitor))
        expect(pool.statistics()).toMatchObject({ lent: 0, idle: 0 })
        yield* pool.close()
        yield* server.close()
      })
    })
  })

  describe("a server that is not there", () => {
    it("makes the call fail, with the reason", async () => {
      const server = await SilentServer.open()
      const { port } = server
      await main(function* () {
        yield* server.close()
        const { pool, quick } = openTo(port)
        expect(yield* outcomeOf(quick)).toContain("ECONNREFUSED")
        expect(pool.statistics()).toMatchObject({ lent: 0, idle: 0 })
        yield* pool.close()
      })
    })
  })
}

/** Waits until the server says so. What never comes ends with the time of the test. */
export function* serverIsAt(count: number, trial: Pick<Trial, "slowCalls">): Routine {
  while ((yield* trial.slowCalls()) !== count) continue
}
