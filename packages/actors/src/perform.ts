/** What calls, casts and requests do when they are made. */
import { Call } from "./call.ts"
import type { CallOptions } from "./call-options.ts"
import { currentCell } from "./current.ts"
import { CAST, Envelope } from "./envelope.ts"
import { accept } from "./mailbox.ts"
import { Pending } from "./pending.ts"
import { Post } from "./post.ts"
import { refusedBySchema } from "./protocol.ts"
import type { Ref } from "./ref.ts"

/** A call is a description: `yield*` or `await` performs it. */
export function callTo(ref: Ref<unknown>, options: CallOptions | null, method: string, args: readonly unknown[]): Call<unknown> {
  return new Call(ref, options, method, args)
}

/** A cast acts at once; with `wait` it is an operation. */
export function castTo(ref: Ref<unknown>, options: CallOptions | null, method: string, args: readonly unknown[]): unknown {
  const sender = options?.from ?? currentCell()
  if (options !== null && options.wait) return new Post(ref, CAST, sender, method, args)
  const cell = ref["~resolve"]()
  const envelope = new Envelope(CAST, sender, method, args)
  if (cell === null) {
    ref["~lost"](envelope)
    return false
  }
  if (cell.settings.validate && refusedBySchema(cell, method, args) !== null) {
    envelope.lost(cell, "schema")
    return false
  }
  return accept(cell, envelope)
}

/** A request is sent at once, and its answer collected later. */
export function requestTo(ref: Ref<unknown>, options: CallOptions | null, method: string, args: readonly unknown[]): Pending<unknown> {
  return new Pending(ref, options, method, args)
}
