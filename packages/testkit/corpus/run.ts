/**
 * One process of the corpus, started with `--import ./plant.ts`: `run.ts ID --seconds N` searches the scenario of a mutant, `run.ts none SCENARIO --seconds N` one without
 * any. Prints one line of JSON.
 */
import { parseArgs } from "node:util"
import { mutantWith } from "./mutants.ts"
import { planted } from "./plant.ts"
import { scenarioCalled } from "./scenarios.ts"
import { search } from "./search.ts"

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seconds: { type: "string", default: "60" } } })
const [id = "none", named = ""] = positionals
const scenario = scenarioCalled(id === "none" ? named : mutantWith(id).scenario)
if (id !== "none" && planted !== 1) throw new Error(`mutant ${id} was planted into ${planted} files, and should be into one`)
// What a listener of an AbortSignal raises comes past everybody, when the run is over.
process.on("uncaughtException", (error) => process.stderr.write(`${String(error)}\n`))
process.stdout.write(`${JSON.stringify(await search(scenario, Number(values.seconds) * 1000))}\n`)
