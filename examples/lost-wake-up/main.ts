/** A letter that nobody reads, found by trying every schedule, and a reader who gets it under each of them. */
import { explore, type ExplorationError } from "@vivarium/testkit"
import { morning, sleepy, wakeful } from "./post-box.ts"

const options = { strategy: "exhaustive", diagramDirectory: false } as const

const found = await explore(morning(sleepy), options).then(undefined, (error: ExplorationError) => error)
console.log(`The sleepy reader: ${(found as ExplorationError).message}`)

const { schedules } = await explore(morning(wakeful), options)
console.log(`\nThe wakeful reader: all ${schedules} schedules, and each letter was read.`)
