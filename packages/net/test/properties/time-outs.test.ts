/** Whoever waits is late at their own time: not before, not after, and once. */
import assert from "node:assert/strict"
import { select, type Tasklet, TimeoutError } from "@vivarium/core"
import fc from "fast-check"
import { describe, it } from "vitest"
import { makeStage } from "../fixtures/stage.ts"

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("wait" as const), timeoutMs: fc.oneof(fc.constantFrom(0, 5, 50, Infinity), fc.integer({ min: 1, max: 300 })), how: fc.constantFrom("plain", "select") }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill" as const), which: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.constant({ kind: "serve" as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(60) }) },
)

interface Waiter {
  readonly tasklet: Tasklet
  readonly dueAt: number
  /** What came of it, and when. */
  outcome: string | undefined
  at: number
}

describe("reads with time-outs", () => {
  it("are late exactly when they said, unless they were served or killed before", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120, size: "max" }), (commands) => {
        const { clock, left, right, scheduler } = makeStage({})
        const waiters: Waiter[] = []
        let served = 0
        for (const one of commands) {
          if (one.kind === "wait") {
            const { how, timeoutMs } = one
            const waiter: Waiter = { tasklet: scheduler.tasklet(wait) as Tasklet, dueAt: clock.now() + timeoutMs, outcome: undefined, at: NaN }
            function* wait() {
              const read = right.readBytes(1, { timeoutMs })
              try {
                yield* how === "select" ? select({ read, closed: right.closed }) : read
                waiter.outcome = "served"
              } catch (error) {
                assert.ok(error instanceof TimeoutError)
                assert.equal(waiter.outcome, undefined)
                waiter.outcome = "late"
              }
              waiter.at = clock.now()
            }
            waiters.push(waiter)
          } else if (one.kind === "kill") waiters[one.which % Math.max(1, waiters.length)]?.tasklet.kill()
          else if (one.kind === "serve") {
            if (waiters.some(({ tasklet }) => tasklet.alive)) {
              served++
              scheduler.tasklet(() => left.write("x"))
            }
          } else {
            // Time moves by single steps, so that what is due is done when it is.
            for (let step = 0; step < one.ms; step++) {
              scheduler.run()
              clock.advance(1)
            }
          }
          scheduler.run()
        }
        for (let step = 0; step < 400; step++) {
          clock.advance(1)
          scheduler.run()
        }
        for (const { at, dueAt, outcome, tasklet } of waiters) {
          if (outcome === "late") assert.equal(at, dueAt)
          else if (outcome === "served") assert.ok(at <= dueAt)
          else assert.ok(!tasklet.alive || dueAt === Infinity)
        }
        assert.equal(waiters.filter(({ outcome }) => outcome === "served").length + right.statistics().unread, served)
        assert.equal(scheduler.statistics().timers, 0)
      }),
      { numRuns: 150, seed: 1 },
    )
  })
})
