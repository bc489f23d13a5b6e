/** What the compiler knows of a class of actors: which methods can be called, with what, and what comes back. */
import type { Operation, Outcome } from "@vivarium/core"
import type { Actor } from "./actor.ts"
import type { Later } from "./later.ts"
import type { Pending } from "./pending.ts"

/** Methods that the system calls by itself. */
type Lifecycle = "init" | "info" | "exit" | "down" | "terminate" | "snapshot" | "restore" | "handle" | "then"

/** The names of the methods of an actor that others may call: its own public ones, without verbs and lifecycle. */
export type Callable<A> = {
  [K in keyof A & string]: K extends Lifecycle | keyof Actor ? never : A[K] extends (...args: never) => unknown ? K : never
}[keyof A & string]

/** What a method answers: the result of a generator, the value of a promise or an operation, or what `replyLater` promises. */
export type Reply<R> = R extends Later<infer T> ? T : Answer<Outcome<R>>

/** A method may answer now in one case, and later in another. */
type Answer<O> = O extends Later<infer T> ? T : O

/** The messages by method that a class declares itself, or its own methods. */
export type Messages<A> = A extends { readonly "~calls": infer C } ? C : Pick<A, Callable<A> & keyof A>

type Arguments<F> = F extends (...args: infer P extends readonly unknown[]) => unknown ? P : never
type Result<F> = F extends (...args: never) => infer R ? Reply<R> : never

/** What `ref.call` offers: the methods, and what a class with generic methods declares itself, for these are more than the compiler can derive. */
export type CallFacade<A> = Declared<A, "~call"> & { readonly [K in keyof Messages<A> as Exclude<K, keyof Declared<A, "~call">>]: (...args: Arguments<Messages<A>[K]>) => Operation<Result<Messages<A>[K]>> }

type Declared<A, K extends string> = [A] extends [never] ? unknown : A extends Readonly<Record<K, infer C>> ? C : unknown

/** What `ref.cast` offers. */
export type CastFacade<A> = { readonly [K in keyof Messages<A>]: (...args: Arguments<Messages<A>[K]>) => boolean }

/** What `ref.with({ wait: true }).cast` offers. */
export type WaitingCastFacade<A> = { readonly [K in keyof Messages<A>]: (...args: Arguments<Messages<A>[K]>) => Operation<boolean> }

/** What `ref.request` offers. */
export type RequestFacade<A> = Declared<A, "~request"> & { readonly [K in keyof Messages<A> as Exclude<K, keyof Declared<A, "~request">>]: (...args: Arguments<Messages<A>[K]>) => Pending<Result<Messages<A>[K]>> }

/** What may be sent to a process as a plain message: what its `info` takes, or what the raw process declares. */
export type MessageOf<A> = "~message" extends keyof A
  ? A extends { readonly "~message"?: infer M } ? M : never
  : A extends { info(message: infer M): unknown } ? M : unknown

/** The arguments of a class's `init`. */
export type InitArguments<A> = A extends { init(...args: infer P extends readonly unknown[]): unknown } ? P : []
