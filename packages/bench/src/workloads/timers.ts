import { type Channel, channel, main, type Routine, sleep, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

const longest = 1_000

interface Countdown {
  left: number
  readonly done: Channel<number>
}

export const timers: TimedBody = {
  measures: "time",
  run: (size) => main(sleepAll, size),
  expected: (size) => size,
}

function* sleepAll(size: number): Routine<number> {
  const countdown: Countdown = { left: size, done: channel<number>() }
  let seed = 1
  for (let created = 0; created < size; created++) {
    // A linear congruence (Numerical Recipes): the same delays in every run, whatever Math.random does.
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    tasklet(sleepOnce, 1 + ((seed >>> 8) % longest), countdown)
  }
  yield* countdown.done.receive()
  return size - countdown.left
}

function* sleepOnce(milliseconds: number, countdown: Countdown): Routine {
  yield* sleep(milliseconds)
  if (--countdown.left === 0) yield* countdown.done.send(0)
}
