/** The rate limiter: a bucket of tokens for each client, made when it is needed and forgotten when it has ended. */
import { Actor, CallError, isOrderly, type Ref } from "@vivarium/actors"
import type { Routine } from "@vivarium/core"
import { Bucket, type Limits } from "./bucket.ts"

export class Limiter extends Actor {
  readonly #buckets = new Map<string, Ref<Bucket>>()
  #limits!: Limits

  init(limits: Limits) {
    this.#limits = limits
  }

  bucketOf(client: string): Ref<Bucket> {
    const known = this.#buckets.get(client)
    if (known?.alive === true) return known
    const { burst, queue } = this.#limits
    // A flood must not fill memory: what could neither be served nor wait fails before it is read.
    const bucket = this.spawn(Bucket, { args: [this.#limits], label: client, mailbox: { capacity: burst + queue, overflow: "fail" } })
    this.monitor(bucket, { message: () => client })
    this.#buckets.set(client, bucket)
    return bucket
  }

  clients(): readonly string[] {
    return [...this.#buckets.keys()]
  }

  /** The bucket of a client has ended, which the monitor tells by the client's name. */
  info(client: string) {
    if (this.#buckets.get(client)?.alive === false) this.#buckets.delete(client)
  }
}

/**
 * Waits until a client may do something. Raises CallError: `refused` if too many wait already, `mailbox_full` if they come faster than they can be
 * told so, `timeout` after five seconds.
 */
export function* acquire(limiter: Ref<Limiter>, client: string): Routine {
  for (;;) {
    const bucket = yield* limiter.call.bucketOf(client)
    try {
      return yield* bucket.call.take()
    } catch (error) {
      // It has just ended itself, with this call unread. There will be another one.
      if (!hasEndedItself(error)) throw error
    }
  }
}

function hasEndedItself(error: unknown): boolean {
  return error instanceof CallError && (error.code === "noproc" || (error.code === "exit" && isOrderly(error.reason)))
}
