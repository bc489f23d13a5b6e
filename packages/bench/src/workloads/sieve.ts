import { type Channel, channel, type Routine, run, type Tasklet, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

function over(open: () => Channel<number>): TimedBody {
  return {
    measures: "time",
    run(size) {
      const result = { last: 0 }
      tasklet(collect, open, size, result)
      run()
      return result.last
    },
    expected: nthPrime,
  }
}

export const sieve: TimedBody = over(() => channel({ preference: "none" }))
export const sieveReceiver: TimedBody = over(() => channel({ preference: "receiver" }))

function* count(outbound: Channel<number>): Routine {
  for (let candidate = 2; ; candidate++) yield* outbound.send(candidate)
}

function* filter(inbound: Channel<number>, outbound: Channel<number>, prime: number): Routine {
  for (;;) {
    const candidate = yield* inbound.receive()
    if (candidate % prime !== 0) yield* outbound.send(candidate)
  }
}

function* collect(open: () => Channel<number>, size: number, result: { last: number }): Routine {
  let source = open()
  const stages: Tasklet<void>[] = [tasklet(count, source)]
  for (let found = 0; found < size; found++) {
    const prime = yield* source.receive()
    result.last = prime
    const filtered = open()
    stages.push(tasklet(filter, source, filtered, prime))
    source = filtered
  }
  // The pipeline would go on for ever, and run() with it.
  for (const stage of stages) stage.kill()
}

/** By trial division: slow, but only the check of the result needs it, after the clock has stopped. */
function nthPrime(index: number): number {
  const primes: number[] = []
  for (let candidate = 2; primes.length < index; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return primes.at(-1) ?? 0
}
