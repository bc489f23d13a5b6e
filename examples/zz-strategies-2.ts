import { explore } from "@vivarium/testkit"
import { beehive } from "../packages/bench/src/workloads/testkit/beehive.ts"
const checks = process.argv[2] !== "off"
for (const n of [3000, 5000, 5000, 5000, 5000]) {
  const t = process.cpuUsage()
  const r = await explore(beehive, { schedules: n, progress: false, checks })
  const u = process.cpuUsage(t)
  console.log(((u.user + u.system) / n).toFixed(1), "µs a schedule", (r.switches / n).toFixed(1), "switches", (process.memoryUsage().heapUsed/1e6).toFixed(0))
}
