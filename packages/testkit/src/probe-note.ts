/** What a probe notes of everything that comes to it. */
import type { Later, MessageOf, Messages, Ref, Self } from "@vivarium/actors"
import { CALL, CAST, type Cell, type Envelope, messageOf, TICK } from "@vivarium/actors/lowlevel"
import { MisuseError } from "@vivarium/core"
import { inShort } from "./show.ts"

/** A call or a cast, as a probe sees it that stands in for an actor: which method, with what. */
export interface MethodCall<Method extends string = string, Args extends readonly unknown[] = readonly unknown[]> {
  readonly method: Method
  readonly args: Args
}

/** The calls and casts that a class of actors takes, each with its own arguments. */
export type MethodCalls<A> = {
  [K in keyof Messages<A> & string]: Messages<A>[K] extends (...args: infer P extends readonly unknown[]) => unknown ? MethodCall<K, P> : never
}[keyof Messages<A> & string]

/** What a probe sees that stands in for an actor: its calls and casts, and the messages that its `info` takes. */
export type MessagesOf<A> = MethodCalls<A> | (A extends { info(message: never): unknown } ? MessageOf<A> : never)

/** One message, and whom it came from. */
export interface Note {
  readonly message: unknown
  readonly sender: Ref<unknown> | undefined
  /** How a call is answered; null of anything else. */
  readonly later: Later | null
}

/** Answers: a call with a value, whoever sent anything else with a message that comes from the probe. */
export function answer(probe: Self, { later, message, sender }: Note, value: unknown): void {
  if (later !== null) later.reply(value)
  else if (sender !== undefined) sender.with({ from: probe }).send(value)
  else throw new MisuseError("no_sender", `${describe(message)} came from no process and is no call, so nobody can be replied to.`)
}

/** Fails a call. */
export function refuse({ later, message }: Note, error: unknown): void {
  if (later === null) throw new MisuseError("no_call", `${describe(message)} is no call, so it cannot be refused.`)
  later.refuse(error)
}

function describe(message: unknown): string {
  return `the message ${inShort(message)}`
}

/** What stands in the mailbox of a process and has not been looked at, in order. */
export function unreadOf(cell: Cell): unknown[] {
  const unread: unknown[] = []
  for (let envelope = cell.first; envelope !== null; envelope = envelope.after) if (isForUsers(envelope)) unread.push(contentOf(envelope))
  return unread
}

/** Messages, casts, calls, Downs, exits and ticks; not what the system and its tools ask. */
function isForUsers({ kind }: Envelope): boolean {
  return kind <= TICK
}

function contentOf(envelope: Envelope): unknown {
  const { kind, method, payload } = envelope
  return kind === CALL || kind === CAST ? { method, args: payload } : messageOf(envelope)
}
