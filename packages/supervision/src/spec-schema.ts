/** The shapes of child specs and flags, as zod sees them. Of each field the message says what is allowed. */
import { isActorClass, isRecipe } from "@vivarium/actors/lowlevel"
import { z } from "zod"

const oneOf = <const V extends readonly string[]>(values: V) => z.enum(values, { error: `one of ${values.join(", ")}` })
const flag = z.boolean({ error: "true or false" })
const text = z.string({ error: "a string that is not empty" }).min(1, { error: "a string that is not empty" })
const atLeast = (least: number, what: string) => z.number({ error: what }).min(least, { error: what })
const duration = atLeast(0, "milliseconds, 0 or more")
const positive = z.number({ error: "milliseconds, more than 0" }).positive({ error: "milliseconds, more than 0" })
const countOrInfinity = (least: number) => {
  const what = `a whole number, ${least} or more, or Infinity`
  return z.custom<number>((value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) >= least), { error: what })
}
const id = z.custom<string | number | symbol>((value) => (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "symbol", {
  error: "a string that is not empty, a number or a symbol",
})
const aFunction = z.custom<(...args: never) => unknown>((value) => typeof value === "function", { error: "a function" })
const shutdownMs = z.union([z.literal("infinity"), z.literal("brutal_kill"), duration], { error: 'milliseconds, 0 or more, "infinity" or "brutal_kill"' })
const restart = oneOf(["permanent", "transient", "temporary"])
const object = "an object"

const backoff = z.strictObject(
  {
    minMs: duration.optional(),
    maxMs: duration.optional(),
    factor: atLeast(1, "a number, 1 or more").optional(),
    jitter: z.number({ error: "a number from 0 to 1" }).min(0, { error: "a number from 0 to 1" }).max(1, { error: "a number from 0 to 1" }).optional(),
    maxAttempts: countOrInfinity(1).optional(),
    resetAfterMs: positive.optional(),
  },
  { error: "an object such as { minMs: 10, maxMs: 30_000 }" },
)

/** What every child has. */
const life = { id: id.optional(), restart: restart.optional(), shutdownMs: shutdownMs.optional(), significant: flag.optional(), backoff: backoff.optional() }

/** What is passed on to the process. */
const process = {
  name: z.custom<string | object>((value) => (typeof value === "string" && value !== "") || (typeof value === "object" && value !== null && "resolve" in value), { error: "a string that is not empty, or registry.via(key)" }).optional(),
  label: text.optional(),
  mailbox: z.looseObject({}, { error: object }).optional(),
  validate: flag.optional(),
  reentrant: flag.optional(),
  trapExit: flag.optional(),
  startTimeoutMs: z.union([z.literal(Infinity), duration], { error: "milliseconds, 0 or more, or Infinity" }).optional(),
}

const args = z.array(z.unknown(), { error: "an array of the arguments of init" })

export const childOptions = z.strictObject({ ...life, ...process, args: args.optional() }, { error: 'an object such as { id: "queen" }' })

export const whatCanRun = z.custom<object>((value) => typeof value === "function" || isActorClass(value) || isRecipe(value), {
  error: "a class that extends Actor, a function, Task, or a tree of supervisors",
})

export const childMap = z.strictObject({ ...life, ...process, args: args.optional(), what: whatCanRun.optional(), start: aFunction.optional() }, { error: object })

const flags = {
  ...life,
  name: process.name,
  label: process.label,
  startTimeoutMs: process.startTimeoutMs,
  maxRestarts: countOrInfinity(0).optional(),
  withinMs: z.union([z.literal(Infinity), positive], { error: "milliseconds, more than 0" }).optional(),
}

const children = z.array(z.unknown(), { error: "an array of children" })
const autoShutdown = oneOf(["never", "any_significant", "all_significant"])

export const supervisorOptions = z.strictObject(
  { ...flags, strategy: oneOf(["one_for_one", "one_for_all", "rest_for_one"]).optional(), autoShutdown: autoShutdown.optional(), children: children.optional() },
  { error: 'an object such as { strategy: "one_for_one", children: [child(Queen)] }' },
)

export const dynamicOptions = z.strictObject(
  { ...flags, maxChildren: countOrInfinity(0).optional(), extraArguments: z.array(z.unknown(), { error: "an array" }).optional(), child: z.unknown().optional() },
  { error: "an object such as { maxChildren: 100 }" },
)

export const partitionOptions = z.strictObject(
  {
    ...flags,
    strategy: oneOf(["one_for_one", "one_for_all", "rest_for_one"]).optional(),
    partitions: z.custom<number>((value) => Number.isSafeInteger(value) && (value as number) >= 1, { error: "a whole number, 1 or more" }),
    child: z.unknown(),
    withArguments: aFunction.optional(),
  },
  { error: "an object such as { partitions: 4, child: child(Counter) }" },
)
