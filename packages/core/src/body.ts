/** Bodies: what a tasklet runs, judged by what calling it returns. */
import { isOperation, type Operation } from "./operation.ts"
import type { Suspend } from "./realm.ts"
import type { Tasklet } from "./tasklet.ts"
import { awaitBody, until } from "./until.ts"
import { InvalidArgumentError } from "./errors.ts"

/** What the body of a tasklet returns: a generator whose every wait is a `yield*` of an operation. */
export type Routine<T = void> = Generator<Suspend, T, unknown>

/**
 * What a body's return value comes to: a generator's result, an operation's or a promise's value, anything else as it is.
 * A generator that yields something else than waits is refused by the compiler (`never`).
 */
export type Outcome<R> = [R] extends [Generator<infer Y, infer T, infer _N>]
  ? [Y] extends [Suspend]
    ? T
    : never
  : [R] extends [Operation<infer T>]
    ? T
    : Awaited<R>

/** A function that a tasklet can run: a generator function, a plain one, one that returns an operation, or an async one. */
export type Body<A extends readonly unknown[] = readonly unknown[], R = unknown> = (...args: A) => R

/** @internal A native generator that the driver resumes. */
export type Frame = Generator<Suspend, unknown, unknown>

const generatorPrototype: object = /* @__PURE__ */ Object.getPrototypeOf(
  /* @__PURE__ */ Object.getPrototypeOf(/* @__PURE__ */ (function* () {})()) as object,
) as object

/** @internal Native generators only; generators of another realm or by another compiler are adapted. */
export function isGenerator(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && (value as Frame).return !== undefined && generatorLike(value)
}

function generatorLike(value: object): boolean {
  const own = Object.getPrototypeOf(value) as object | null
  return own !== null && Object.getPrototypeOf(own) === generatorPrototype
}

/** @internal Makes a frame of what a body has returned, or wraps a plain value. */
export function adapt(tasklet: Tasklet, outcome: unknown, root: boolean): Frame | { readonly plain: unknown } {
  if (typeof outcome !== "object" || outcome === null) return { plain: outcome }
  if (isOperation(outcome)) return perform(outcome)
  if (typeof (outcome as Frame).next === "function" && typeof (outcome as Frame).return === "function") return delegate(outcome as Frame)
  if (typeof (outcome as { then?: unknown }).then === "function") {
    const promise = outcome as PromiseLike<unknown>
    return root ? awaitBody(tasklet, promise) : perform(until(promise))
  }
  return { plain: outcome }
}

/** @internal Performs an operation as a routine. */
export function* perform<T>(operation: Operation<T>): Generator<Suspend, T, unknown> {
  return yield* operation
}

function* delegate(foreign: Frame): Frame {
  return yield* foreign
}

/** @internal Refuses what is no body, and says what was probably meant. */
export function checkBody(body: unknown): asserts body is Body {
  if (typeof body === "function") return
  const instance = typeof body === "object" && body !== null && typeof (body as Frame).next === "function"
  throw new InvalidArgumentError(
    "body",
    body,
    "a function, best a generator function",
    instance
      ? "This is a generator or an operation, not the function that makes it.\n  wrong: tasklet(forage(bee))\n  right: tasklet(forage, bee)"
      : "right: tasklet(function* () { … })",
  )
}
