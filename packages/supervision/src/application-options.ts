/** What an application is made of. */
import type { ExitReason, Ref, StandardSchema, System, SystemOptions } from "@vivarium/actors"
import { isRecipe } from "@vivarium/actors/lowlevel"
import type { Operation, Outcome, Routine } from "@vivarium/core"
import { z } from "zod"
import { type ApplicationHost, theHost } from "./application-host.ts"
import { checkSignals } from "./application-signals.ts"
import { check, type Place, wrong } from "./check.ts"
import type { SupervisorRef } from "./supervisor-ref.ts"
import type { Tree } from "./supervisor-tree.ts"

/** What each function of an application is given. `C` is the configuration, `S` what `start` has given. */
export interface ApplicationContext<C = undefined, S = undefined> {
  /** The name of the application. */
  readonly name: string
  /** Its system: also for processes beside the tree, which are ended after `stop`. */
  readonly system: System
  /** The configuration, as its schema has made it. */
  readonly config: C
  /** What `start` has given: connections, files, and whatever else the tree needs. */
  readonly opened: S
  /** Aborted when this function should come to its end, because the application must shut down. */
  readonly signal: AbortSignal
}

/** The context of functions that run beside the tree. */
export interface RunningContext<C = undefined, S = undefined, R = Ref<unknown>> extends ApplicationContext<C, S> {
  /** The supervisor at the top of the tree. */
  readonly top: R
}

/** What a function may give where a tree is needed: the tree, or a generator or promise of it. */
export type Given<T> = T | Routine<T> | Operation<T> | PromiseLike<T>

/** One phase of the start: plain, generator or async. */
export type Phase<C = undefined, S = undefined, R = Ref<unknown>> = (context: RunningContext<C, S, R>) => unknown

/** Where the configuration comes from. */
export interface ConfigOptions<C> {
  /** Any Standard Schema: one of zod, valibot, arktype or others. */
  readonly schema: StandardSchema<C>
  /** What is checked. Default: the environment of the program. */
  readonly values?: unknown
}

/**
 * Options of `application()`. All functions may be plain, generators or async.
 *
 * Write `start` above those that use what it gives, so that the compiler knows what that is.
 */
export interface ApplicationOptions<C = undefined, P = undefined, R extends Ref<never> | Ref<unknown> = SupervisorRef> {
  /** Shown in reports: the name of its system, too. */
  readonly name: string
  /** Read and checked first of all: what does not fit ends the program with code 2, and each thing that is wrong is named. */
  readonly config?: ConfigOptions<C> | undefined
  /** Called before the tree is started: opens what that needs. What it gives is `context.opened`. */
  readonly start?: ((context: ApplicationContext<C>) => P) | undefined
  /** The tree, or a function that makes it. */
  readonly top: Tree<R> | ((config: C, context: ApplicationContext<C, Outcome<P>>) => Given<Tree<R>>)
  /** Called one after another when the tree has started. If one fails, the start has: all is stopped again. Erlang: `start_phase`. */
  readonly phases?: readonly (readonly [name: string, phase: Phase<C, Outcome<P>, R>])[] | Readonly<Record<string, Phase<C, Outcome<P>, R>>> | undefined
  /** Called before the tree is stopped, or when it has ended by itself. Erlang: `prep_stop`. */
  readonly prepStop?: ((context: RunningContext<C, Outcome<P>, R>, reason: ExitReason) => unknown) | undefined
  /** Called when the tree has ended, if `start` had succeeded: closes what that has opened. Erlang: `stop`. */
  readonly stop?: ((context: ApplicationContext<C, Outcome<P>>, reason: ExitReason) => unknown) | undefined
  /** Which signals shut it down; a second one kills it. Default SIGTERM and SIGINT. */
  readonly signals?: readonly string[] | undefined
  /** How long the whole shutdown may take, in milliseconds; then all that is left is killed. Default 30,000. */
  readonly deadlineMs?: number | undefined
  /** Of its system: the scheduler, where reports are printed, and so on. */
  readonly system?: Omit<SystemOptions, "name"> | undefined
  /** @internal The program around it, for tests. */
  readonly host?: ApplicationHost | undefined
}

/** The options of any application, as its inside sees them. */
export type AnyOptions = ApplicationOptions<unknown, unknown, Ref<unknown>>

const EXAMPLE = 'application({ name: "meadow", top: supervisor({ children: [child(Queen)] }) })'

const A_FUNCTION = "a function: plain, generator or async"
const aFunction = z.custom<(...args: never) => unknown>((value) => typeof value === "function", { error: A_FUNCTION }).optional()
const named = { error: 'a string that is not empty, such as "meadow"' }

const applicationOptions = z.strictObject(
  {
    name: z.string(named).min(1, named),
    config: z
      .strictObject(
        {
          schema: z.custom((value) => isSchema(value), { error: "a Standard Schema, such as z.object({ BEES: z.coerce.number() })" }),
          values: z.unknown().optional(),
        },
        { error: "an object such as { schema: z.object({ … }) }" },
      )
      .optional(),
    start: aFunction,
    top: z.custom<AnyOptions["top"]>((value) => isRecipe(value) || (typeof value === "function" && !isClass(value)), {
      error: "a tree made by supervisor() or its kin, or a function that makes it of the configuration",
    }),
    phases: z
      .union([z.array(z.unknown()), z.record(z.string(), z.unknown())], { error: 'a list such as [["warm", (context) => …]], or an object of functions' })
      .optional(),
    prepStop: aFunction,
    stop: aFunction,
    signals: z.array(z.string({ error: "the name of a signal that can be listened to, such as SIGHUP" }), { error: "an array of the names of signals" }).optional(),
    deadlineMs: z.custom<number>((value) => typeof value === "number" && value >= 0, { error: "milliseconds, 0 or more, or Infinity" }).optional(),
    system: z.looseObject({}, { error: "an object: the options of a System" }).optional(),
  },
  { error: "an object such as { name, top }" },
)

/** Raises SpecError, which names the field. */
export function checkApplication(options: object): AnyOptions {
  const { host = theHost, ...given } = options as { readonly name?: unknown; readonly host?: ApplicationHost }
  const { name } = given
  const place: Place = { where: typeof name === "string" && name !== "" ? `application "${name}"` : "application", example: EXAMPLE }
  const { phases = [], signals = [], system = {} } = check(applicationOptions, given, place)
  checkPhases(phases, place)
  checkSignals(signals, host.signals, place)
  if (system["name"] !== undefined) throw wrong(place, "system.name", system["name"], "left out: the system has the name of the application")
  return options as AnyOptions
}

/** Each is told by its name. */
function checkPhases(phases: readonly unknown[] | Readonly<Record<string, unknown>>, place: Place): void {
  const entries: readonly unknown[] = Array.isArray(phases) ? phases : Object.entries(phases)
  for (const [index, entry] of entries.entries()) {
    if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== "string" || entry[0] === "") {
      throw wrong(place, `phases.${index}`, entry, 'a pair such as ["warm", (context) => …]')
    }
    if (typeof entry[1] !== "function") throw wrong(place, `phase ${JSON.stringify(entry[0])}`, entry[1], A_FUNCTION)
  }
}

/** The phases as a list, in their order. */
export function phasesOf({ phases = [] }: AnyOptions): readonly (readonly [name: string, phase: Phase<unknown, unknown, Ref<unknown>>])[] {
  return Array.isArray(phases) ? (phases as readonly (readonly [string, Phase<unknown, unknown, Ref<unknown>>])[]) : Object.entries(phases)
}

function isSchema(value: unknown): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || !("~standard" in value)) return false
  return typeof (value["~standard"] as { readonly validate?: unknown } | null)?.validate === "function"
}

function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false
}
