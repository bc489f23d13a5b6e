/**
 * Plants a mutant while the packages are loaded: `node --import ./plant.ts run.ts ID`. The source text is changed before its types are stripped. With
 * the id `none` nothing is.
 */
import { readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { plant, urlOf } from "./mutant.ts"
import { mutantWith } from "./mutants.ts"

const [, , id = "none"] = process.argv

/** How many files were changed so far. */
export let planted = 0

if (id !== "none") {
  const mutant = mutantWith(id)
  const file = urlOf(mutant)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (url !== file) return loaded
      planted++
      return { ...loaded, source: plant(mutant, readFileSync(new URL(url), "utf8")) }
    },
  })
}
