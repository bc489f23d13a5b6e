/** The client's process: all ask at once, a tasklet each, and every answer is checked. */
import { group, type Routine, Scheduler } from "@vivarium/core"
import { type Crowd, crowds } from "./crowd.ts"
import type { ClientTask, Outcome } from "./messages.ts"
import { work } from "./worker.ts"

let crowd: Crowd | undefined
let size = 0

await work(new Scheduler({ limits: { slowSliceMs: Infinity } }), function* (task: ClientTask): Routine<Outcome | undefined> {
  if (task.do === "open") {
    size = task.connections
    crowd = crowds[task.protocol](task.port, size)
    return yield* everybody(crowd.open)
  }
  if (crowd === undefined) throw new Error("nobody is connected")
  if (task.do === "ask") return yield* everybody(asking(crowd, task.together ? "together" : "alone", task.rounds))
  yield* crowd.close()
  return undefined
})

/** What each of them does: the next request comes when the one before is answered. */
function asking(among: Crowd, how: string, rounds: number): (number: number) => Routine {
  return function* (number) {
    for (let round = 1; round <= rounds; round++) {
      const text = `${how}: bee ${number}, request ${round}`
      const answer = yield* among.ask(number, text)
      if (answer !== text) throw new Error(`asked ${JSON.stringify(text)}, and was told ${JSON.stringify(answer)}`)
    }
  }
}

/** Has all do something at the same time, a tasklet each. */
function* everybody(act: (number: number) => Routine): Routine<Outcome> {
  const errors: unknown[] = []
  function* one(number: number): Routine {
    try {
      yield* act(number)
    } catch (error) {
      errors.push(error)
    }
  }
  const begin = performance.now()
  yield* group(function* (bees) {
    for (let number = 0; number < size; number++) bees.spawn(one, number)
  })
  return { seconds: (performance.now() - begin) / 1000, errors: errors.length, example: errors.length === 0 ? undefined : String(errors[0]) }
}
