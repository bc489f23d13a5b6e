import { explore } from "@vivarium/testkit"
import { beehive } from "../packages/bench/src/workloads/testkit/beehive.ts"
for (const strategy of ["random", "pct", "delayBounded", "exhaustive"] as const) for (const n of [3000, 5000]) {
  const t = process.cpuUsage()
  const r = await explore(beehive, { strategy, bound: 3, schedules: n, progress: false })
  const u = process.cpuUsage(t)
  console.log(strategy, ((u.user + u.system) / n).toFixed(1), "µs a schedule", (r.switches / n).toFixed(1), "switches", r.coverage)
}
