/** A rush on a cache: one that is stormed under some schedules, and one that never is. */
import { explore, type ExplorationError } from "@vivarium/testkit"
import { PlainCache, rush, SingleFlightCache } from "./cache.ts"

const options = { strategy: "random", schedules: 1000, diagramDirectory: false } as const

const found = await explore(rush((database) => new PlainCache(database)), options).then(undefined, (error: ExplorationError) => error)
console.log(`Values kept: ${(found as ExplorationError).message}`)

const { schedules } = await explore(rush((database) => new SingleFlightCache(database)), options)
console.log(`\nQuestions kept: ${schedules} schedules, and the database was asked once at a time.`)
