/** What is expected: a value, a predicate, a class or a schema. */
import type { StandardSchema } from "@vivarium/actors"
import { isOtherClass, isStandardSchema, readGuard } from "@vivarium/actors/lowlevel"
import { equals } from "./equal.ts"
import { inShort } from "./show.ts"

/**
 * What a message may be expected to be: a value (compared deeply; asymmetric matchers such as `expect.any(String)` count), a function that says whether it fits, best a type guard, a
 * class, or a Standard Schema. Undefined is any message.
 */
export type Expected<M = unknown> = M | ((message: M) => boolean) | (abstract new (...args: never) => unknown) | StandardSchema

/** The same, read. */
export interface Wanted {
  fits(message: unknown): boolean
  /** In words: "the message …", "an instance of …". */
  readonly text: string
  /** What a diff is made with. */
  readonly value: unknown
}

export function readExpected(expected: unknown): Wanted {
  if (expected === undefined) return { fits: () => true, text: "a message", value: undefined }
  if (isStandardSchema(expected)) return { fits: readGuard(expected), text: "a message that fits the schema", value: expected }
  if (typeof expected !== "function") return { fits: (message) => equals(message, expected), text: inShort(expected), value: expected }
  const { name } = expected
  if (isOtherClass(expected)) return { fits: readGuard(expected), text: `an instance of ${name}`, value: expected }
  return { fits: readGuard(expected), text: `a message that fits ${name === "" ? "the predicate" : name}`, value: expected }
}
