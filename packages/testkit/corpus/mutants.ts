/** All mutants, by their ids. */
import type { Mutant } from "./mutant.ts"
import { actorMutants } from "./mutants-actors.ts"
import { coreMutants } from "./mutants-core.ts"
import { processMutants } from "./mutants-processes.ts"
import { supervisionMutants } from "./mutants-supervision.ts"

export const mutants: readonly Mutant[] = [...coreMutants, ...actorMutants, ...processMutants, ...supervisionMutants]

export function mutantWith(id: string): Mutant {
  const found = mutants.find((mutant) => mutant.id === id)
  if (found === undefined) throw new Error(`there is no mutant ${JSON.stringify(id)}`)
  return found
}
