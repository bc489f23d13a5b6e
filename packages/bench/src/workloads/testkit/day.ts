import { Actor } from "@vivarium/actors"
import { sleep } from "@vivarium/core"
import { simulate } from "@vivarium/testkit"
import type { TimedBody } from "../../workload.ts"

const actors = 100

interface Total {
  ticks: number
}

class Ticker extends Actor {
  private total: Total = { ticks: 0 }

  init(total: Total): void {
    this.total = total
    this.sendAfter(1_000, "tick", { everyMs: 1_000 })
  }

  info(): void {
    this.total.ticks++
  }
}

/** Comes to the seconds that all actors have counted. */
export const day: TimedBody = {
  measures: "time",
  async run(size) {
    const total = { ticks: 0 }
    await simulate(function* ({ system }) {
      for (let one = 0; one < actors; one++) system.spawn(Ticker, { args: [total] })
      yield* sleep(size * 1_000 + 500)
    })
    return total.ticks / actors
  },
  expected: (size) => size,
}
