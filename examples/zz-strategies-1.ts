import { explore, ExplorationError } from "@vivarium/testkit"
import { beehive, busyHive } from "../packages/bench/src/workloads/testkit/beehive.ts"
for (const bound of process.argv[2] === "bounds" ? [0, 1, 2, 3] : []) {
  const t = process.cpuUsage()
  const r = await explore(beehive, { strategy: "delayBounded", bound, progress: false })
  const u = process.cpuUsage(t)
  console.log(r.schedules, r.exhausted, r.mostChoices, r.switches / r.schedules, ((u.user+u.system)/1000).toFixed(0), "ms")
}
for (let seed = 1; seed < 8; seed++) {
const t = process.cpuUsage()
try { await explore(busyHive, { schedules: 5000, seed, progress: false, shrinkMs: 60000 }); console.log("nothing") } catch (e) {
  const u = process.cpuUsage(t)
  const s = (e as ExplorationError).schedule
  console.log(((u.user+u.system)/1000).toFixed(0), "ms", /Found.*/.exec((e as Error).message)?.[0], s.length, s.filter(Boolean).length, s.filter(Boolean).join()) }
}
