/** Checking specs and flags: one sentence that names the child, the field, the value, what is allowed, and the cure. */
import type { z } from "zod"
import { SpecError } from "./errors.ts"

/** What the fields are called in Erlang and Elixir. */
const OTHERWISE: Readonly<Record<string, string>> = {
  intensity: "maxRestarts",
  period: "withinMs",
  max_restarts: "maxRestarts",
  max_seconds: "withinMs",
  auto_shutdown: "autoShutdown",
  shutdown: "shutdownMs",
  max_children: "maxChildren",
  extra_arguments: "extraArguments",
}

/** Where something wrong was found. */
export interface Place {
  /** In words: `child "queen"`. */
  readonly where: string
  /** The id of the child, in words, if it is one. */
  readonly child?: string | undefined
  /** What the options are called all together, if not so. */
  readonly whole?: string
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
    const known = Object.keys(at(schema, issue.path).shape ?? {})
    const meant = OTHERWISE[issue.keys[0] as string]
    const allowed = meant !== undefined && known.includes(meant) ? `called ${meant}` : "left out"
    throw wrong(place, field, valueAt(value, [...issue.path, issue.keys[0] as string]), `${allowed}: the known fields are ${known.join(", ")}`)
  }
  const field = issue.path.length === 0 ? (place.whole ?? "options") : issue.path.map(String).join(".")
  throw wrong(place, field, valueAt(value, issue.path), issue.message)
}

export function wrong({ child, example, where }: Place, field: string, value: unknown, allowed: string): SpecError {
  return new SpecError(where, field, value, allowed, `right: ${example}`, child)
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, key) => (typeof inside === "object" && inside !== null ? (inside as Record<PropertyKey, unknown>)[key] : undefined), value)
}

/** What is looked at of a schema: the fields of an object, and what it is wrapped in. */
interface Inside {
  readonly shape?: Readonly<Record<PropertyKey, Inside>>
  readonly out?: Inside
  unwrap?(): Inside
}

/** The schema of a field of a field. */
function at(schema: object, path: readonly PropertyKey[]): Inside {
  return path.reduce<Inside>((inside, key) => unwrapped(inside.shape?.[key] ?? {}), unwrapped(schema))
}

function unwrapped(schema: Inside): Inside {
  const inner = schema.unwrap?.() ?? schema
  return inner.out ?? inner
}
