/** Waiting for all of several things. */
import { type Group, groupOf } from "./group.ts"
import { type Body, perform } from "./body.ts"
import { OwnedCall } from "./call.ts"
import { InvalidArgumentError } from "./errors.ts"
import type { Operation } from "./operation.ts"
import type { Suspend } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import type { Tasklet } from "./tasklet.ts"
import { toOperation, type Waitable, type Waited } from "./waitable.ts"

/** The values of several operations, in their order. */
export type AllOf<W extends readonly Waitable[]> = { -readonly [K in keyof W]: Waited<W[K]> }

/**
 * Performs several operations at once, each on a tasklet of its own, and gives their values in order. The first failure
 * cancels the rest and is raised, as the original object. An empty list finishes at once.
 *
 * @example
 * ```ts
 * import { all, main, sleep, until } from "@vivarium/core"
 *
 * await main(function* () {
 *   const [answer] = yield* all([until(Promise.resolve(42)), sleep(1)])
 *   console.log(answer)
 * })
 * // prints: 42
 * ```
 */
export function all<const W extends readonly Waitable[]>(operations: W): Operation<AllOf<W>> {
  if (!Array.isArray(operations)) throw new InvalidArgumentError("operations", operations, "an array of operations", "right: all([a, b])")
  const performed = operations.map((one, index) => toOperation(`operations[${index}]`, one))
  const owner = performed.find((one) => one.owner !== null)?.owner ?? null
  return new OwnedCall<AllOf<W>>(owner, performAll as Body<never> as Body, [owner, performed])
}

/**
 * Joins behind the group, not inside: an error on its way to a joiner there would no longer be the group's first, and be uncaught
 * when the next failure kills the joiner.
 */
function* performAll(owner: RunLoop | null, operations: readonly Operation<unknown>[]): Generator<Suspend, unknown[], unknown> {
  const tasklets: Tasklet[] = []
  yield* groupOf(owner, (members: Group) => {
    for (const one of operations) tasklets.push(members.spawn(perform, one) as Tasklet)
  })
  const values: unknown[] = []
  for (const tasklet of tasklets) values.push(yield* tasklet)
  return values
}
