/** Creating tasklets: the way that `tasklet()` and `scheduler.tasklet()` share. */
import { carryContext } from "./async-context.ts"
import type { Body } from "./body.ts"
import { realm } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import type { Tasklet } from "./tasklet.ts"
import { readTaskletOptions } from "./tasklet-options.ts"

/** @internal A body and its arguments, or options before them. */
export function startTasklet(loop: RunLoop, first: unknown, rest: readonly unknown[]): Tasklet {
  const tasklet = typeof first === "function" ? loop.create(first as Body, ...rest) : createWith(loop, first, rest)
  loop.launch(tasklet)
  return tasklet
}

/** @internal A tasklet that stands in for another one, in a group or a started case: it works for the same, and carries the same context. */
export function createFor(parent: Tasklet | null, loop: RunLoop, body: Body, ...args: readonly unknown[]): Tasklet {
  const context = parent?.details?.context ?? null
  const tasklet = loop.create(context === null ? body : carryContext(body, context), ...args)
  if (context !== null) tasklet.detail().context = context
  const owner = realm.current?.owner ?? null
  if (owner !== null) tasklet.detail().owner = owner
  return tasklet
}

/** @internal */
export function createWith(loop: RunLoop, given: unknown, [body, ...args]: readonly unknown[], known?: readonly string[]): Tasklet {
  const { context, name } = readTaskletOptions(given, body, known)
  const tasklet = loop.create(context === undefined ? (body as Body) : carryContext(body as Body, context), ...args)
  if (name !== undefined || context !== undefined) tasklet.detail().name = name ?? (body as Body).name
  if (context !== undefined) tasklet.detail().context = context
  return tasklet
}
