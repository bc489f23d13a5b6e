/** The tree: who is restarted by whom, and with whom. */
import type { Ref } from "@vivarium/actors"
import { child, dynamicSupervisor, supervisor, type SupervisorTree } from "@vivarium/supervision"
import { Flower } from "./flower.ts"
import { Queen } from "./queen.ts"
import type { Surroundings } from "./surroundings.ts"
import { Weather } from "./weather.ts"

/** Whoever ends takes those below down as well: flowers grow by the weather, bees live on flowers, and the queen fills their supervisor. */
export function hiveIn(surroundings: Surroundings) {
  const flowers = Array.from({ length: surroundings.flowers }, (_, number) => `flower ${number}`)
  return supervisor({
    id: "hive",
    strategy: "rest_for_one",
    maxRestarts: 20,
    withinMs: 1_000,
    children: [
      child(Weather, { id: "weather", name: "weather", args: [surroundings] }),
      supervisor({
        id: "flowers",
        strategy: "one_for_one",
        maxRestarts: 5,
        withinMs: 100,
        children: flowers.map((name) => child(Flower, { id: name, name, args: [surroundings] })),
      }),
      dynamicSupervisor({ id: "bees", name: "bees" }),
      child(Queen, { id: "queen", name: "queen", args: [surroundings] }),
    ],
  })
}

/** All that run in a tree and are no supervisors. */
export function* workersIn({ children }: SupervisorTree): Generator<Ref<unknown>, void, undefined> {
  for (const node of children) {
    if ("children" in node) yield* workersIn(node)
    else if (node.ref !== undefined) yield node.ref
  }
}
