import { matchesOf } from "../packages/testkit/corpus/mutant.ts"
import { mutants } from "../packages/testkit/corpus/mutants.ts"
for (const m of mutants) { const n = matchesOf(m); if (n.some((x) => x !== 1)) console.log(m.id, m.file, n) }
console.log(mutants.length)
