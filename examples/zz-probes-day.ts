import { Actor } from "@vivarium/actors"
import { simulate } from "@vivarium/testkit"
import { sleep } from "@vivarium/core"
let ticks = 0
class Ticker extends Actor {
  init() { this.sendAfter(1000, "tick", { everyMs: 1000 }) }
  info(_m: "tick") { ticks++ }
}
const t = performance.now()
await simulate(function* ({ system, scheduler }) {
  const tool = process.argv[2] === "tool" ? scheduler.instrument({}) : null
  for (let i = 0; i < 100; i++) system.spawn(Ticker)
  yield* sleep(86_400_000)
  tool?.[Symbol.dispose]()
})
console.log(ticks, Math.round(performance.now() - t), "ms")
