import { explore } from "@vivarium/testkit"
import { scenarios } from "../packages/testkit/corpus/scenarios.ts"
for (const strategy of ["random","pct","delayBounded","exhaustive"] as const) {
try { console.log(await explore(scenarios[process.argv[2]!]!, { strategy, schedules: 3000, shrinkMs: 500 })) } catch (e) { console.log(String(e).slice(0, 3000)) }
}
