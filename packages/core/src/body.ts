/** Bodies: what a tasklet runs, judged by what calling it returns. */
import { isThenable } from "./checks.ts"
import { isOperation, type Operation } from "./operation.ts"
import { isTasklet } from "./waitable.ts"
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

/** What the compiler says of a body that yields something else than waits: a star is missing after a `yield`. */
export interface MissingStar {
  /** Write `yield* operation`, not `yield operation`. */
  readonly missingStar: "yield* operation"
}

/** Refuses generators that yield anything but waits. */
export type Starred<R> = [R] extends [never]
  ? unknown
  : [R] extends [Generator<infer Y, infer _T, infer _N>]
    ? [Y] extends [Suspend]
      ? unknown
      : MissingStar
    : unknown

/** A function that a tasklet can run: a generator function, a plain one, one that returns an operation, or an async one. */
export type Body<A extends readonly unknown[] = readonly unknown[], R = unknown> = (...args: A) => R

/** A body whose waits all have their star. */
export type StarredBody<A extends readonly unknown[], R> = Body<A, R> & Starred<R>

/** @internal A native generator that the driver resumes. */
export type Frame = Generator<Suspend, unknown, unknown>

/** @internal The constructor of native generator functions: `instanceof` tells them, and `GeneratorFunction.prototype` their generators. */
export const GeneratorFunction: new () => (...args: readonly unknown[]) => Frame = /* @__PURE__ */ (function* () {}).constructor as never

/** Exists for `instanceof` alone: its prototype is that of all native generators. */
function NativeGenerator(): void {}
NativeGenerator.prototype = GeneratorFunction.prototype.prototype as object

/**
 * @internal Resumes a native generator. Every generator function has a prototype of its own, so that `generator.next` would be a
 * megamorphic load in a program with more than a handful of bodies; calling the one built-in is not.
 */
// oxlint-disable-next-line typescript/unbound-method -- it is called with a generator as `this`, always
export const nextOf: (this: Frame, value: unknown) => IteratorResult<Suspend, unknown> = (GeneratorFunction.prototype.prototype as Frame).next

/** @internal Native generators only; generators of another realm or by another compiler are adapted. */
export function isGenerator(value: unknown): value is Frame {
  return value instanceof (NativeGenerator as unknown as new () => Frame)
}

/** @internal A body whose parameters could not be bound: it fails at its first turn, as its tasklet's error. */
export function* lateError(error: unknown): Frame {
  throw error
}

/** @internal Makes a frame of what a body has returned, or wraps a plain value. */
export function adapt(tasklet: Tasklet, outcome: unknown, root: boolean): Frame | { readonly plain: unknown } {
  if (typeof outcome !== "object" || outcome === null) return { plain: outcome }
  if (isOperation(outcome)) return perform(outcome)
  if (isTasklet(outcome)) return perform(outcome.join())
  if (typeof (outcome as Frame).next === "function" && typeof (outcome as Frame).return === "function") return delegate(outcome as Frame)
  if (isThenable(outcome)) return root ? awaitBody(tasklet, outcome) : perform(until(outcome))
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
