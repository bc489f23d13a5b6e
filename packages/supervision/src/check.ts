/** Checking specs and flags: one sentence that names the child, the field, the value, what is allowed, and the cure. */
import type { z } from "zod"
import { SpecError } from "./errors.ts"

/** Where something wrong was found. */
export interface Place {
  /** In words: `child "queen"`. */
  readonly where: string
  /** The id of the child, in words, if it is one. */
  readonly child?: string | undefined
  /** What is right. */
  readonly example: string
}

/** Gives the options back, typed, or raises SpecError about the first thing that is wrong. */
export function check<T extends z.ZodType>(schema: T, value: unknown, place: Place): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0] as z.core.$ZodIssue
  if (issue.code === "unrecognized_keys") {
    const field = [...issue.path, issue.keys[0]].join(".")
    const known = Object.keys((at(schema, issue.path) as { shape?: object }).shape ?? {})
    throw wrong(place, field, valueAt(value, [...issue.path, issue.keys[0] as string]), `left out: the known fields are ${known.join(", ")}`)
  }
  const field = issue.path.length === 0 ? "options" : issue.path.map(String).join(".")
  throw wrong(place, field, valueAt(value, issue.path), issue.message)
}

export function wrong({ child, example, where }: Place, field: string, value: unknown, allowed: string): SpecError {
  return new SpecError(where, field, value, allowed, `right: ${example}`, child)
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, key) => (typeof inside === "object" && inside !== null ? (inside as Record<PropertyKey, unknown>)[key] : undefined), value)
}

/** The schema of a field of a field. */
function at(schema: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, key) => {
    const field = (inside as { shape?: Record<PropertyKey, { unwrap?(): unknown }> }).shape?.[key]
    return field?.unwrap?.() ?? field ?? {}
  }, schema)
}
