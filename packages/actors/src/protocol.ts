/**
 * Protocols: schemas of messages, by method. Any Standard Schema will do. Calls from outside of the process are always checked; those from
 * inside only where `validate: true` asks for it.
 */
import { isThenable } from "@vivarium/core/lowlevel"
import type { Cell } from "./cell.ts"
import { describeError } from "./describe.ts"
import { MessageSchemaError, type SchemaIssue } from "./errors.ts"

/** A validator as Standard Schema defines it: zod, valibot, arktype and others make them. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** What a validator says. */
export type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

/** Schemas of the arguments, as a tuple, by method. */
export type Protocol = Readonly<Record<string, StandardSchema>>

/**
 * Checks that the schemas of a class fit its methods: `static protocol = { … } satisfies ProtocolFor<Counter>`. Of a method the schema is of
 * the list of arguments, of `info` of the message.
 */
export type ProtocolFor<A> = {
  readonly [K in keyof A & string]?: A[K] extends (...args: infer P extends readonly unknown[]) => unknown ? StandardSchema<K extends "info" ? P[0] : P> : never
}

/** The error if the arguments do not fit; null if they do, or nothing is said about them. */
export function refusedBySchema(cell: Cell, method: string, args: unknown): MessageSchemaError | null {
  const schema = cell.type.protocol?.[method]
  if (schema === undefined) return null
  const issues = issuesFound(schema, args)
  return issues === null ? null : new MessageSchemaError(cell.ref.toString(), method, issues)
}

/** A validator that raises refuses the message: its sender must not fail of it. */
function issuesFound(schema: StandardSchema, args: unknown): readonly SchemaIssue[] | null {
  try {
    return issuesOf(schema, args)
  } catch (error) {
    return [{ message: `the schema raised ${describeError(error)}` }]
  }
}

/** What is wrong with a schema that answers with a promise where messages are checked at once. */
export const ASYNCHRONOUS: SchemaIssue = { message: "the schema answers with a promise, but messages inside a system are checked at once. Use a synchronous schema" }

/** What a schema finds wrong, at once: one that answers with a promise cannot be used here. */
export function issuesOf(schema: StandardSchema, value: unknown): readonly SchemaIssue[] | null {
  const result = schema["~standard"].validate(value)
  if (isThenable(result)) {
    result.then(undefined, () => {})
    return [ASYNCHRONOUS]
  }
  return (result as SchemaResult<unknown>).issues ?? null
}

export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || !("~standard" in value)) return false
  const standard: unknown = value["~standard"]
  return typeof standard === "object" && standard !== null && typeof (standard as { validate?: unknown }).validate === "function"
}
