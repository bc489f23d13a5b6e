/** Creating tasklets: the way that `tasklet()` and `scheduler.tasklet()` share. */
import { carryContext } from "./async-context.ts"
import type { Body } from "./body.ts"
import type { RunLoop } from "./run-loop.ts"
import type { Tasklet } from "./tasklet.ts"
import { readTaskletOptions } from "./tasklet-options.ts"

/** @internal A body and its arguments, or options before them. */
export function startTasklet(loop: RunLoop, first: unknown, rest: readonly unknown[]): Tasklet {
  const tasklet = typeof first === "function" ? loop.create(first as Body, ...rest) : createWith(loop, first, rest)
  loop.launch(tasklet)
  return tasklet
}

/** @internal A tasklet that stands in for another one, in a group's body or a started case: it carries the same context. */
export function createFor(parent: Tasklet | null, loop: RunLoop, body: Body, ...args: readonly unknown[]): Tasklet {
  const context = parent?.details?.context ?? null
  if (context === null) return loop.create(body, ...args)
  const tasklet = loop.create(carryContext(body, context), ...args)
  tasklet.detail().context = context
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
