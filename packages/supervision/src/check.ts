/** Checking specs and flags: one sentence that names the child, the field, the value, what is allowed, and the cure. */
import type { z } from "zod"
import { SpecError } from "./errors.ts"
import { nearest } from "./nearest.ts"

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

/** What is right of some fields, where the example of the whole would not show it. */
const RIGHT: Readonly<Record<string, string>> = {
  args: 'child(Bee, { args: ["Maya"] })',
  backoff: "child(Bee, { backoff: { minMs: 10, maxMs: 30_000, maxAttempts: 10 } })",
  mailbox: "child(Bee, { mailbox: { capacity: 1000 } })",
  significant: 'supervisor({ autoShutdown: "any_significant", children: [child(Bee, { restart: "transient", significant: true })] })',
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
    const unknown = issue.keys[0] as string
    const otherwise = OTHERWISE[unknown]
    const meant = otherwise !== undefined && known.includes(otherwise) ? otherwise : nearest(unknown, known)
    const allowed = meant === undefined ? "left out, for it is unknown" : `called ${meant}`
    throw wrong(place, field, valueAt(value, [...issue.path, issue.keys[0] as string]), `${allowed}: the known fields are ${known.join(", ")}`)
  }
  const field = issue.path.length === 0 ? (place.whole ?? "options") : issue.path.map(String).join(".")
  throw wrong(place, field, valueAt(value, issue.path), issue.message)
}

export function wrong({ child, example, where }: Place, field: string, value: unknown, allowed: string): SpecError {
  return new SpecError(where, field, value, allowed, `right: ${RIGHT[field.split(".")[0] as string] ?? example}`, child)
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
