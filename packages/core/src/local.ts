/** Tasklet-local values. */
import { type Body, checkBody, type Outcome, type StarredBody } from "./body.ts"
import { call } from "./call.ts"
import { NotInTaskletError } from "./errors.ts"
import type { Operation } from "./operation.ts"
import { realm, type Suspend } from "./realm.ts"
import type { Tasklet } from "./tasklet.ts"

function needTasklet(what: string): Tasklet {
  if (realm.current === null) throw new NotInTaskletError(what)
  return realm.current
}

/**
 * A value that each tasklet has its own copy of: a new tasklet starts with the values its creator had at that moment, and
 * later changes on either side are not seen by the other.
 *
 * @example
 * ```ts
 * import { Local, run, tasklet } from "@vivarium/core"
 *
 * const user = new Local("nobody")
 * tasklet(function* () {
 *   user.set("Maya")
 *   tasklet(function* () { console.log(user.get()) })
 *   user.set("Willy")
 * })
 * run()
 * console.log(user.get())
 * // prints: Maya
 * // prints: nobody
 * ```
 */
export class Local<T> {
  private readonly initial: T

  constructor(initial: T) {
    this.initial = initial
  }

  /** The current tasklet's value; the initial one where none was set, and in plain code. */
  get(): T {
    const locals = realm.current?.details?.locals
    return locals?.has(this) === true ? (locals.get(this) as T) : this.initial
  }

  /** Sets the value for the current tasklet, and for those that it creates from now on. */
  set(value: T): void {
    const tasklet = needTasklet("Local.set()")
    const details = tasklet.detail()
    const locals = new Map(details.locals)
    locals.set(this, value)
    details.locals = locals
  }

  /** Runs a body with another value, and restores the old one afterwards, however the body ends. */
  with<R>(value: T, body: StarredBody<[], R>): Operation<Outcome<R>> {
    checkBody(body)
    return call(runWith<T>, this, value, body as Body) as Operation<Outcome<R>>
  }
}

function* runWith<T>(local: Local<T>, value: T, body: Body): Generator<Suspend, unknown, unknown> {
  const details = needTasklet("Local.with()").detail()
  const before = details.locals
  local.set(value)
  try {
    return yield* call(body)
  } finally {
    details.locals = before
  }
}
