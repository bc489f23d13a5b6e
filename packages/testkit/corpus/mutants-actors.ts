/** Bugs planted into actors. */
import type { Mutant } from "./mutant.ts"

export const actorMutants: readonly Mutant[] = []
