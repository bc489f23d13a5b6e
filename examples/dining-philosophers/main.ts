/** Dines with both manners, under every schedule that differs from the shipped order by at most two delays. */
import { explore, type ExplorationError } from "@vivarium/testkit"
import { evening, leftFirst, lowerFirst } from "./table.ts"

const options = { strategy: "delayBounded", bound: 2, diagramDirectory: false } as const

const found = await explore(evening(leftFirst), options).then(undefined, (error: ExplorationError) => error)
console.log(`Left fork first: ${(found as ExplorationError).message}`)

const { schedules, strategy } = await explore(evening(lowerFirst), options)
console.log(`\nLower fork first: ${schedules} schedules (${strategy}), and everybody has eaten.`)
