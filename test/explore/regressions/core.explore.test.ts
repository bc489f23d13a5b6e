/** Mistakes of core that exploration has found: each scenario is the smallest that shows it, explored at the bound that it took. */
import { all, call, group, Mutex, type Routine, schedule, sleep, tasklet, timeout } from "@vivarium/core"
import { explore } from "@vivarium/testkit"
import { expect, it } from "vitest"
import { cameAbout, Expected, nameOf, outcomeOf, runOthers } from "../scenarios/core-outcomes.ts"

it("all: while an error was on its way to the joiner inside, the next failure made it uncaught and was raised in its place", async () => {
  const result = await explore(
    function* ({ check }) {
      const failed: string[] = []
      const fail = function* (name: string): Routine {
        yield* schedule()
        failed.push(name)
        throw new Expected(name)
      }
      check("the first is raised", (yield* outcomeOf(all([call(fail, "a"), call(fail, "b")]))) === `error ${failed[0]}`)
    },
    { strategy: "delayBounded", bound: 1 },
  )
  expect(result.exhausted).toBe(true)
})

it("group: an error that its operation had yet to raise was lost when the operation was killed", async () => {
  const result = await explore(
    function* ({ check }) {
      let caught = 0
      let failed = 0
      const bee = tasklet({ name: "bee" }, function* (): Routine {
        try {
          yield* group((bees) => {
            bees.spawn(function* (): Routine {
              yield* schedule()
              failed++
              throw new Expected("stung")
            })
          })
        } catch (error) {
          nameOf(error)
          caught++
        }
      })
      tasklet({ name: "killer" }, function* (): Routine {
        yield* schedule()
        bee.kill({ pending: true })
      })
      check("it has reached somebody", runOthers().length + caught === failed)
    },
    { strategy: "delayBounded", bound: 1 },
  )
  expect(result.exhausted).toBe(true)
})

it("bind: a lock that had been given to the tasklet, and not been taken yet, was lost with its frames", async () => {
  const result = await explore(
    function* ({ check, fault }) {
      const lock = new Mutex()
      yield* lock.acquire()
      const bee = tasklet({ name: "bee" }, () => lock.acquire())
      yield* cameAbout(() => bee.blocked)
      lock.release()
      if (fault("dropped")) bee.remove().bind(null)
      else bee.kill()
      check("it is free", lock.tryAcquire())
    },
    { strategy: "delayBounded", bound: 1 },
  )
  expect(result.exhausted).toBe(true)
})

it("select: a routine that had lost could clean up behind the winner's value, or the time-out", async () => {
  const result = await explore(
    function* ({ check }) {
      let open = 0
      const fetch = function* (): Routine {
        open++
        try {
          yield* sleep(60_000)
        } finally {
          open--
        }
      }
      check("out of time", (yield* outcomeOf(timeout(5, call(fetch)))) === "timeout")
      check("and closed", open === 0)
    },
    { strategy: "delayBounded", bound: 1 },
  )
  expect(result.exhausted).toBe(true)
})
