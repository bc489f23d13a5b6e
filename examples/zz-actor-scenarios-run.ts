import { explore, type ExploreOptions } from "@vivarium/testkit"
const [file, only = "", what = "1,2,pct"] = process.argv.slice(2)
const module = await import(`../test/explore/scenarios/actors-${file}.ts`)
const list = Object.values(module).find(Array.isArray) as any[]
for (const one of list) {
  if (!one.name.includes(only)) continue
  let line = one.name.slice(0, 90).padEnd(92)
  for (const kind of what.split(",")) {
    const options: ExploreOptions = kind === "pct" ? { strategy: "pct", depth: 3, schedules: 2000 } : kind === "rnd" ? { strategy: "random", schedules: 20000 } : { strategy: "delayBounded", bound: Number(kind) }
    const begin = performance.now()
    try {
      const r = await explore(one.scenario, { ...one.options, ...options })
      const ms = performance.now() - begin
      line += ` | ${kind}: ${r.schedules} ${(ms / 1000).toFixed(2)}s sw ${(r.switches / r.schedules).toFixed(0)}`
    } catch (error) {
      console.log(`FAILED ${one.name} ${kind}\n${String((error as Error).message ?? error).slice(0, Number(process.env.CUT ?? 700))}\n${(error as any).name} ${(error as any).cause ? (error as any).cause.stack ?? "" : ""}`)
      line += ` | ${kind}: FAILED`
      break
    }
  }
  console.log(line)
}
