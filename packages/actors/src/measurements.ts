/** What tools ask of one process: counts, and a trace of what it handles. */
import type { Ref } from "./ref.ts"

/** What has been counted of one process since counting was turned on. Erlang: `sys:statistics`. */
export interface ActorStatistics {
  /** Milliseconds of the scheduler's clock at which counting began. */
  readonly since: number
  /** How many messages, calls and casts it has handled. */
  readonly messagesIn: number
  /** How many answers it has given. */
  readonly messagesOut: number
  /** How many messages are unread now. */
  readonly unread: number
}

/** One thing that a process does, as a trace shows it. */
export type TraceEvent =
  | { readonly kind: "in"; readonly method: string | undefined; readonly message: unknown; readonly from: Ref<unknown> | undefined }
  | { readonly kind: "out"; readonly method: string; readonly value: unknown; readonly to: Ref<unknown> | undefined }

/** A function that is told what a process does. Returning `false`, or raising, takes it off. Nobody can wait in it. */
export type Trace = (event: TraceEvent, ref: Ref<unknown>) => unknown

export class Measurements {
  since: number | null = null
  messagesIn = 0
  messagesOut = 0
  readonly traces = new Set<Trace>()
}
