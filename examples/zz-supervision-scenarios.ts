import { explore } from "@vivarium/testkit"
const file = process.argv[2]!
const only = process.argv[3] ?? ""
const bounds = (process.argv[4] ?? "1").split(",")
const module = await import(`../test/explore/scenarios/${file}.ts`)
for (const [key, list] of Object.entries(module)) {
  if (!Array.isArray(list)) continue
  for (const one of list) {
    if (typeof one.name !== "string" || !one.name.includes(only)) continue
    let line = one.name.slice(0, 100).padEnd(100)
    try {
      for (const bound of bounds) {
        const t = performance.now()
        const options = bound.startsWith("p") ? { strategy: "pct", schedules: Number(bound.slice(1)) } : bound.startsWith("r") ? { strategy: "random", schedules: Number(bound.slice(1)) } : { strategy: "delayBounded", bound: Number(bound) }
        const r = await explore(one.scenario, { ...one.options, ...options } as never)
        line += ` | ${bound}: ${r.schedules} ${(performance.now() - t).toFixed(0)}ms ch${r.mostChoices} sw${(r.switches / r.schedules).toFixed(0)}`
      }
      console.log(line)
    } catch (error) {
      console.log(line)
      console.log("FAILED", error instanceof Error ? error.message.slice(0, Number(process.env.LEN ?? 500)) : error, (error as any)?.cause?.stack?.slice(0,200) ?? (error as any)?.stack?.slice(0,200))
    }
  }
}
