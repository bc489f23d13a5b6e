import { explore, ExplorationError } from "@vivarium/testkit"
import { beehive, flawedHive } from "../packages/bench/src/workloads/testkit/beehive.ts"
const t0 = performance.now()
for (const n of [2000, 5000, 5000]) {
  const t = performance.now()
  const r = await explore(beehive, { schedules: n, progress: false })
  console.log(r, ((performance.now() - t) / n * 1000).toFixed(1), "µs a schedule", (r.switches / n).toFixed(1), "switches")
}
for (const bound of [0, 1, 2]) {
  const t = performance.now()
  const r = await explore(beehive, { strategy: "delayBounded", bound, progress: false })
  console.log(r.schedules, r.exhausted, r.mostChoices, (performance.now() - t).toFixed(0), "ms")
}
for (let seed = 1; seed < 4; seed++) {
const t = performance.now()
try { await explore(flawedHive, { schedules: 1000, seed, progress: false, shrinkMs: 60000 }); console.log("nothing") } catch (e) {
  console.log((performance.now() - t).toFixed(0), "ms", (e as Error).message.slice(0, 700), (e as ExplorationError).schedule.length) }
}
