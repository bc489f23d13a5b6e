/** Recipes: values that say how a process is spawned, as packages above make them of their trees. */
import type { Ref } from "./ref.ts"

/** Says how a process is spawned: what is spawned, and with which options. What is spawned of it has references of the type `R`. */
export interface Recipe<R extends Ref<never> | Ref<unknown>> {
  /** Only the compiler knows it. */
  readonly "~ref"?: R
  /** What it says. */
  readonly "~recipe": { readonly what: unknown; readonly options: object }
}

export function isRecipe(what: unknown): what is Recipe<Ref<unknown>> {
  return typeof what === "object" && what !== null && "~recipe" in what
}
