import { Actor, System } from "@vivarium/actors"
import { run, tasklet, type Routine } from "@vivarium/core"
import type { Ref } from "@vivarium/actors"
import type { TimedBody } from "../../workload.ts"

class Adder extends Actor {
  next(value: number): number {
    return value + 1
  }
}

export const askActors: TimedBody = {
  measures: "time",
  run(size) {
    const system = new System()
    const answers = { right: 0 }
    tasklet(callOften, system.spawn(Adder), size, answers)
    run()
    return answers.right
  },
  expected: (size) => size,
}

function* callOften(adder: Ref<Adder>, size: number, answers: { right: number }): Routine {
  let right = 0
  for (let value = 0; value < size; value++) if ((yield* adder.call.next(value)) === value + 1) right++
  answers.right = right
}
