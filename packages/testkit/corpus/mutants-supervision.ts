/** Bugs planted into supervision. */
import type { Mutant } from "./mutant.ts"

export const supervisionMutants: readonly Mutant[] = []
