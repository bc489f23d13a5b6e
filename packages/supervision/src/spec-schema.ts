/** The shapes of child specs and flags, as zod sees them. Of each field the message says what is allowed. */
import { BASE, isActorClass, isOtherClass, isRecipe } from "@vivarium/actors/lowlevel"
import { z } from "zod"
import { withDefaults } from "./backoff.ts"
import type { Shutdown } from "./child-spec.ts"
import { isTask } from "./task-child.ts"

/** Neither an array nor a promise, a map or anything else that has no fields of its own: it would pass as an object without fields. */
export function isPlain(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Object]"
}

/** An object with no other fields than these. */
const fields = <S extends z.core.$ZodLooseShape>(shape: S, error: string) => z.custom<z.input<z.ZodObject<S>>>(isPlain, { error }).pipe(z.strictObject(shape, { error }))

const oneOf = <const V extends readonly string[]>(values: V) => z.enum(values, { error: `one of ${values.join(", ")}` })
const flag = z.boolean({ error: "true or false" })
const text = z.string({ error: "a string that is not empty" }).min(1, { error: "a string that is not empty" })
const number = (fits: (value: number) => boolean, what: string) => z.custom<number>((value) => typeof value === "number" && fits(value), { error: what })
const isDuration = (value: number) => value >= 0 && value !== Infinity
const duration = number(isDuration, "milliseconds, 0 or more")
const positiveOrInfinity = number((value) => value > 0, "milliseconds, more than 0, or Infinity")
const countOrInfinity = (least: number) => number((value) => value === Infinity || (Number.isSafeInteger(value) && value >= least), `a whole number, ${least} or more, or Infinity`)
const id = z.custom<string | number | symbol>((value) => (typeof value === "string" && value !== "") || (typeof value === "number" && !Number.isNaN(value)) || typeof value === "symbol", {
  error: "a string that is not empty, a number or a symbol",
})
const aFunction = z.custom<(...args: never) => unknown>((value) => typeof value === "function", { error: "a function" })
const shutdownMs = z.custom<Shutdown>((value) => value === "infinity" || value === "brutal_kill" || (typeof value === "number" && isDuration(value)), {
  error: 'milliseconds, 0 or more, "infinity" or "brutal_kill"',
})
const restart = oneOf(["permanent", "transient", "temporary"])

const backoff = fields(
  {
    minMs: duration.optional(),
    maxMs: duration.optional(),
    factor: number((value) => value >= 1 && value !== Infinity, "a number, 1 or more").optional(),
    jitter: number((value) => value >= 0 && value <= 1, "a number from 0 to 1").optional(),
    maxAttempts: countOrInfinity(1).optional(),
    resetAfterMs: positiveOrInfinity.optional(),
  },
  "an object such as { minMs: 10, maxMs: 30_000 }",
).superRefine((options, context) => {
  const { maxMs, minMs } = withDefaults(options)
  if (maxMs < minMs) context.addIssue({ code: "custom", path: ["maxMs"], message: `minMs or more, which is ${minMs}` })
})

const mailbox = fields(
  { capacity: countOrInfinity(1).optional(), overflow: oneOf(["suspend", "fail", "dropNewest", "dropOldest"]).optional(), reportAt: countOrInfinity(1).optional() },
  'an object such as { capacity: 1000, overflow: "fail" }',
)

/** What every child has. */
const life = { id: id.optional(), restart: restart.optional(), shutdownMs: shutdownMs.optional(), significant: flag.optional(), backoff: backoff.optional() }

function isVia(value: unknown): boolean {
  return typeof value === "object" && value !== null && "resolve" in value && "register" in value
}

/** What is passed on to the process. */
const process = {
  name: z.custom<string | object>((value) => (typeof value === "string" && value !== "") || isVia(value), { error: "a string that is not empty, or registry.via(key)" }).optional(),
  label: text.optional(),
  mailbox: mailbox.optional(),
  validate: flag.optional(),
  reentrant: flag.optional(),
  trapExit: flag.optional(),
  startTimeoutMs: number((value) => value >= 0, "milliseconds, 0 or more, or Infinity").optional(),
}

const args = z.array(z.unknown(), { error: "an array of the arguments of init" })

export const childOptions = fields({ ...life, ...process, args: args.optional() }, 'an object such as { id: "queen" }')

export const whatCanRun = z.custom<object>(canRun, { error: "a class of your own that extends Actor, a function, Task, or a tree of supervisors" })

export const childMap = fields({ ...life, ...process, args: args.optional(), what: z.unknown().optional(), start: aFunction.optional() }, "an object such as { what: Queen }")

/** The base classes themselves have nothing to do, and other classes cannot be called. */
function canRun(value: unknown): boolean {
  if (typeof value !== "function") return isRecipe(value)
  return isActorClass(value) ? !Object.hasOwn(value.prototype, BASE) : isTask(value) || !isOtherClass(value as { readonly prototype?: object })
}

const limits = { maxRestarts: countOrInfinity(0).optional(), withinMs: positiveOrInfinity.optional() }
const flags = { ...life, name: process.name, label: process.label, startTimeoutMs: process.startTimeoutMs, ...limits }

const children = z.array(z.unknown(), { error: "an array of children" })
const ways = {
  strategy: oneOf(["one_for_one", "one_for_all", "rest_for_one"]).optional(),
  autoShutdown: oneOf(["never", "any_significant", "all_significant"]).optional(),
}

export const flagChanges = fields({ ...limits, ...ways }, "an object such as { maxRestarts: 10 }")

export const supervisorOptions = fields(
  { ...flags, ...ways, children: children.optional() },
  'an object such as { strategy: "one_for_one", children: [child(Queen)] }',
)

const maxChildren = countOrInfinity(0).optional()

export const dynamicChanges = fields({ ...limits, maxChildren }, "an object such as { maxChildren: 100 }")

export const dynamicOptions = fields(
  { ...flags, maxChildren, extraArguments: z.array(z.unknown(), { error: "an array" }).optional(), child: z.unknown().optional() },
  "an object such as { maxChildren: 100 }",
)

export const partitionOptions = fields(
  {
    ...flags,
    strategy: ways.strategy,
    partitions: z.custom<number>((value) => Number.isSafeInteger(value) && (value as number) >= 1, { error: "a whole number, 1 or more" }),
    child: z.unknown().optional(),
    withArguments: aFunction.optional(),
  },
  "an object such as { partitions: 4, child: child(Counter) }",
)
