/** What can be spawned, with which options, and which reference that gives. */
import type { Starred } from "@vivarium/core"
import type { Actor } from "./actor.ts"
import type { InitArguments } from "./facade-types.ts"
import type { Via } from "./names.ts"
import type { MailboxOptions } from "./process-settings.ts"
import type { Process } from "./process.ts"
import type { Recipe } from "./recipe.ts"
import type { Ref } from "./ref.ts"

/** A class of actors. */
export type ActorConstructor<A extends Actor = Actor> = new () => A

/** A body of any kind: declared as a method, so that one which takes special messages only fits, too. */
type AnyBody = { body(self: Process, ...args: never): unknown }["body"]

type AnyRecipe = Recipe<Ref<never> | Ref<unknown>>

/** What can be spawned: a class of actors, the body of a raw process, or a recipe. */
export type Startable = ActorConstructor | AnyBody | AnyRecipe

/** What the compiler says of a body that yields without a star; of anything else, nothing. */
export type StarCheck<S> = S extends ActorConstructor | AnyRecipe ? unknown : S extends (self: never, ...args: never) => infer R ? Starred<R> : unknown

/** Options of a process. */
export interface ProcessOptions {
  /** Registers it, before it runs: in the system by a string, elsewhere by `registry.via(key)`. */
  readonly name?: string | Via | undefined
  /** A free text for tools. Erlang: `proc_lib:set_label`. */
  readonly label?: string | undefined
  /** See `MailboxOptions`. */
  readonly mailbox?: MailboxOptions | undefined
  /** How long its async methods are given to settle when it ends, and the whole of it when the system stops; milliseconds. Default 5,000. */
  readonly shutdownMs?: number | undefined
  /** Checks calls and casts by the `protocol` of the class, also from inside. Default false. */
  readonly validate?: boolean | undefined
  /** Lets calls in that come from its own calls, instead of reporting a cycle. Also as a static member of the class. Default false. */
  readonly reentrant?: boolean | undefined
  /** Whether it traps exits from the start. Default false. */
  readonly trapExit?: boolean | undefined
}

/** What `init` or the body takes. */
export type ArgumentsOf<S> = S extends ActorConstructor<infer A> ? InitArguments<A> : S extends AnyRecipe ? [] : S extends (self: never, ...args: infer P extends readonly unknown[]) => unknown ? P : never

/** Options with the arguments of `init`, or of the body after `self`; they can be left out where all arguments can. */
export type SpawnOptions<S> = ProcessOptions & ([] extends ArgumentsOf<S> ? { readonly args?: ArgumentsOf<S> } : { readonly args: ArgumentsOf<S> })

/** The arguments behind what is spawned. */
export type SpawnArguments<S> = [] extends ArgumentsOf<S> ? [options?: SpawnOptions<S> & StartOptions] : [options: SpawnOptions<S> & StartOptions]

/** Options of `start()`. */
export interface StartOptions {
  /** How long `init` may take, in milliseconds; Infinity for ever, which is the default. `start()` alone knows it. */
  readonly startTimeoutMs?: number | undefined
}

/** The reference of an actor of a class. */
export type RefTo<A> = A extends { readonly "~ref"?: infer R extends Ref<unknown> } ? R : Ref<A>

/** The reference that spawning gives. */
export type RefOf<S> = S extends ActorConstructor<infer A> ? RefTo<A> : S extends Recipe<infer R> ? R : S extends (self: Process<infer M>, ...args: never) => unknown ? Ref<Process<M>> : never
