// @ts-nocheck
import { readdirSync } from "node:fs"
import { explore } from "@vivarium/testkit"
const dir = new URL("../test/explore/scenarios/", import.meta.url)
const n = Number(process.argv[2] ?? 1000), only = process.argv[3] ?? ""
let total = 0, failed = 0
for (const file of readdirSync(dir).filter((f) => /^(actors|supervision)-/.test(f) && f.includes(only))) {
  let module: any
  try { module = await import(new URL(file, dir).href) } catch (e: any) { console.log(file, "does not load:", e.message.slice(0, 200)); continue }
  for (const list of Object.values(module).filter((v: any) => Array.isArray(v) && v[0]?.scenario) as any[]) for (const { name, scenario, options } of list) {
    for (const o of [{ strategy: "random", schedules: n }, { strategy: "pct", schedules: n, seed: 5 }, { strategy: "delayBounded", bound: 1 }]) {
      if (process.env.V) console.log(file, name, o.strategy, Math.round(process.memoryUsage().heapUsed/1e6));
      try { const r = await explore(scenario, { ...options, ...o, shrinkMs: 2000, progress: false } as never); total += r.schedules }
      catch (e: any) { failed++; console.log(file, "|", name, "|", o.strategy, "|", e.message.split("\n").slice(0, 25).join("\n")) }
    }
  }
}
console.log(total, "schedules", failed, "failed")
