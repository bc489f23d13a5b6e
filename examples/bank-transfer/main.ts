/** Spends the same money twice, and then in a way in which nobody can. */
import { explore, type ExplorationError } from "@vivarium/testkit"
import { lookThenTake, spending, withdrawThenDeposit } from "./bank.ts"

const options = { strategy: "pct", depth: 2, schedules: 1000, diagramDirectory: false } as const

const found = await explore(spending(lookThenTake), options).then(undefined, (error: ExplorationError) => error)
console.log(`Look, then take: ${(found as ExplorationError).message}`)

const { coverage, schedules } = await explore(spending(withdrawThenDeposit), options)
console.log(`\nWithdraw in one call: ${schedules} schedules, and nobody has paid with money that was not there.`)
console.log(`By now ${coverage}.`)
