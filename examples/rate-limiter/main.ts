/** Three clients and what they may do, on virtual time. */
import { CallError, System } from "@vivarium/actors"
import { Scheduler, sleep, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { acquire, Limiter } from "./limiter.ts"

const scheduler = new Scheduler({ clock: new VirtualClock() })
const system = new System({ name: "gate", scheduler })

await scheduler.main(function* () {
  const limiter = yield* system.start(Limiter, { args: [{ burst: 3, refillMs: 100, queue: 4, idleMs: 1000 }] })

  /** Comes a number of times at once, and says what becomes of it. */
  function* client(name: string, times: number) {
    const visits = Array.from({ length: times }, () => tasklet(visit, name))
    const outcomes: string[] = []
    for (const one of visits) outcomes.push(yield* one)
    const counted = Map.groupBy(outcomes, (outcome) => outcome)
    console.log(`${name} came ${times} times: ${[...counted].map(([outcome, { length }]) => `${length} ${outcome}`).join(", ")}`)
  }

  function* visit(name: string) {
    try {
      yield* acquire(limiter, name)
      return `at ${scheduler.clock.now()} ms`
    } catch (error) {
      if (error instanceof CallError) return error.code
      throw error
    }
  }

  for (const one of [tasklet(client, "Ada", 2), tasklet(client, "Ben", 5), tasklet(client, "Mallory", 100)]) yield* one
  console.log(`buckets: ${(yield* limiter.call.clients()).join(", ")}`)
  yield* sleep(2000)
  console.log(`buckets, two seconds later: ${(yield* limiter.call.clients()).length}`)
})
await system.stop()
