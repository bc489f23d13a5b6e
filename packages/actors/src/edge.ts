/**
 * Edges: the way in for what comes from outside of the process, be it a socket, a worker or another machine. Nothing is known of it but what its
 * schemas say: only methods with a schema exist, and their arguments are what the schema makes of them.
 */
import { Semaphore, type Operation, type Routine, until, VivariumError } from "@vivarium/core"
import { isThenable, OwnedCall } from "@vivarium/core/lowlevel"
import { unknownMethod } from "./actor-type.ts"
import { EXITING } from "./cell.ts"
import { Envelope, MESSAGE } from "./envelope.ts"
import { ActorError, MessageSchemaError } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import type { Pending } from "./pending.ts"
import type { SchemaResult, StandardSchema } from "./protocol.ts"
import type { Ref } from "./ref.ts"
import { callError } from "./request.ts"

/**
 * One way in to one actor. What comes through it is checked and handed over in the order in which it came, also where a schema
 * answers with a promise: then what is behind waits.
 */
export class Edge {
  private readonly ref: Ref<unknown>
  private readonly line: Semaphore

  /** See `edge()`. */
  constructor(ref: Ref<unknown>) {
    this.ref = ref
    this.line = ref["~loop"] === null ? new Semaphore(1) : new Semaphore(1, ref["~loop"])
  }

  /** Calls a method that the protocol names; raises CallError, MessageSchemaError if the arguments do not fit, or ActorError if there is no such method. */
  call(method: string, args: unknown): Operation<unknown> {
    return new OwnedCall<unknown>(this.ref["~loop"], (() => this.calling(method, args)) as never, [])
  }

  /** Casts; true once it is in the mailbox, false and a dead letter if it is not taken or does not fit. */
  cast(method: string, args: unknown): Operation<boolean> {
    return new OwnedCall<boolean>(this.ref["~loop"], (() => this.casting(method, args)) as never, [])
  }

  /** Sends a plain message, checked by the schema for `info`. */
  send(message: unknown): Operation<boolean> {
    return new OwnedCall<boolean>(this.ref["~loop"], (() => this.sending(message)) as never, [])
  }

  private *calling(method: string, args: unknown): Routine<unknown> {
    const pending: Pending<unknown> = yield* this.inTurn(method, args, (values) => this.facade("request", method)(...(values as unknown[])) as Pending<unknown>)
    try {
      return yield* pending
    } finally {
      pending.abandon()
    }
  }

  private *casting(method: string, args: unknown): Routine<boolean> {
    try {
      return yield* this.inTurn(method, args, (values) => this.facade("cast", method)(...(values as unknown[])) as boolean)
    } catch (error) {
      return this.refused(error, method, args)
    }
  }

  private *sending(message: unknown): Routine<boolean> {
    try {
      return yield* this.inTurn("info", message, (checked) => this.ref.send(checked))
    } catch (error) {
      return this.refused(error, "", message)
    }
  }

  /** Checks in turn, then lets something happen with what the schema gives. */
  private *inTurn<T>(method: string, value: unknown, happen: (checked: unknown) => T): Routine<T> {
    const schema = this.schemaOf(method)
    yield* this.line.acquire()
    try {
      const answer: unknown = schema["~standard"].validate(value)
      const result = (isThenable(answer) ? yield* until(answer) : answer) as SchemaResult<unknown>
      const listed = method === "info" || result.issues !== undefined || Array.isArray(result.value)
      if (!listed) throw new MessageSchemaError(this.ref.toString(), method, [{ message: "the schema must make a list of arguments, such as z.tuple([z.number()])" }])
      if (result.issues !== undefined) throw new MessageSchemaError(this.ref.toString(), method, result.issues)
      return happen(result.value)
    } finally {
      this.line.release()
    }
  }

  private schemaOf(method: string): StandardSchema {
    const cell = this.ref["~resolve"]()
    if (cell === null || cell.state >= EXITING) throw callError("noproc", this.ref.toString(), method, ExitReason.noproc)
    const protocol = cell.type.protocol ?? {}
    const schema = Object.hasOwn(protocol, method) ? protocol[method] : undefined
    if (schema === undefined) throw unknownMethod(`The protocol of ${cell.kind}`, method, new Set(Object.keys(protocol)))
    return schema
  }

  private facade(kind: "request" | "cast", method: string): (...args: unknown[]) => unknown {
    const facade = this.ref[kind] as unknown as Record<string, (...args: unknown[]) => unknown>
    return (...args) => facade[method]?.(...args)
  }

  /** What the sender has done wrong, or came too late for, is a dead letter; what the schema itself does wrong is raised. */
  private refused(error: unknown, method: string, payload: unknown): boolean {
    const code = error instanceof VivariumError ? error.code : undefined
    if (code !== "noproc" && code !== "schema" && code !== "unknown_method") throw error
    const envelope = new Envelope(MESSAGE, null, method, payload)
    const cell = this.ref["~resolve"]()
    if (cell === null) this.ref["~lost"](envelope)
    else envelope.lost(cell, code === "noproc" ? "dead" : "schema")
    return false
  }
}

/**
 * Opens a way in to an actor for what comes from outside of the process: see `Edge`. Its class needs a `protocol`.
 *
 * @example
 * ```ts
 * import { Actor, edge, MessageSchemaError, type ProtocolFor, System } from "@vivarium/actors"
 * import { z } from "zod"
 *
 * class Counter extends Actor {
 *   static readonly protocol = { increment: z.tuple([z.number().int()]) } satisfies ProtocolFor<Counter>
 *   #count = 0
 *   increment(by: number) {
 *     return (this.#count += by)
 *   }
 * }
 * await using system = new System()
 * const way = edge(system.spawn(Counter))
 * console.log(await way.call("increment", JSON.parse("[2]")))
 * try {
 *   await way.call("increment", JSON.parse('["two"]'))
 * } catch (error) {
 *   console.log(error instanceof MessageSchemaError && error.issues.length)
 * }
 * // prints: 2
 * // prints: 1
 * ```
 */
export function edge(ref: Ref<never> | Ref<unknown>): Edge {
  const { name, protocol } = ref["~type"]
  if (protocol === null) throw new ActorError("no_protocol", `${name} has no protocol, so nothing could come in. Give the class one: static readonly protocol = { increment: z.tuple([z.number()]) }.`)
  return new Edge(ref as Ref<unknown>)
}
