/** Requests whose answers are collected later. Erlang: `gen_server:send_request`. */
import { Answer } from "./answer.ts"
import { beginRequest } from "./call.ts"
import type { CallOptions } from "./call-options.ts"
import { currentCell } from "./current.ts"
import type { Ref } from "./ref.ts"
import type { Request } from "./request.ts"

/**
 * An answer that is still to come: the request has been sent. Perform it as often as you like; `abandon()` gives it up. Its error is
 * raised by whoever waits for it, and by nobody else.
 */
export class Pending<T> extends Answer<T> {
  private request: Request | null = null

  /** @internal */
  constructor(ref: Ref<unknown>, options: CallOptions | null, method: string, args: readonly unknown[]) {
    super(ref["~loop"], () => `the answer of ${ref.toString()} to ${method}()`)
    try {
      this.request = beginRequest(ref, options, options?.from ?? currentCell(), method, args, this as Answer<unknown>)
    } catch (error) {
      this.settle(error, true)
    }
  }

  /** Gives the request up: it is withdrawn if it is unread, and a late answer is dropped. Says whether it was still open. */
  abandon(): boolean {
    if (this.settled || this.request === null) return false
    this.request.withdraw()
    this.settle(this.request.abandoned(), true)
    return true
  }
}
