/**
 * Puppets: tasklets that perform one operation when told, and then wait for the next order.
 *
 * `perform` resumes one puppet and nobody else, so that the time between wake and resume lies open to the test.
 */
import { ChannelClosedError, type Operation, type Received, type Scheduler, scheduleRemove, type Suspend, type Tasklet, TimeoutError } from "../../src/index.ts"

/** What a puppet can be told to do: wait for an operation, or do something plain while it is current. */
export type Order = { readonly wait: Operation<unknown> } | { readonly act: () => unknown }

/** The error that `scold` throws into puppets. */
const scolded = new Error("scolded")

export class Puppet {
  readonly tasklet: Tasklet
  /** How its last order ended, until `takeOutcome` takes it. */
  private ended: { readonly value: unknown } | { readonly error: unknown } | null = null

  constructor(scheduler: Scheduler, name: string) {
    this.tasklet = scheduler.tasklet({ name }, () => this.obey())
    this.tasklet.run()
  }

  private *obey(): Generator<Suspend, void, unknown> {
    for (;;) {
      try {
        const order = yield* scheduleRemove<Order>()
        this.ended = { value: "wait" in order ? yield* order.wait : order.act() }
      } catch (error) {
        this.ended = { error }
      }
    }
  }

  /** Gives an order, and lets this puppet alone work on it until it waits, yields or has done it. */
  perform(order: Order): void {
    void this.tasklet.insert(order)
    this.tasklet.run()
  }

  /** Throws an error into it. */
  scold(pending: boolean): void {
    this.tasklet.throw(scolded, { pending })
  }

  /** How the last order ended, if it has: in words. */
  takeOutcome(): string | undefined {
    const { ended } = this
    this.ended = null
    if (ended === null) return undefined
    return "value" in ended ? inWords(ended.value) : errorInWords(ended.error)
  }
}

/** A value that came out of an operation, in words; the end of a channel is `end`, and no value is `passed`. */
export function inWords(value: unknown): string {
  if (typeof value !== "object" || value === null) return plainInWords(value)
  if ("key" in value && "value" in value) return `${value.key as string}: ${inWords(value.value)}`
  const received = value as Received<unknown>
  return received.done ? "end" : plainInWords(received.value)
}

function plainInWords(value: unknown): string {
  return value === undefined ? "passed" : `value ${JSON.stringify(value)}`
}

function errorInWords(error: unknown): string {
  if (error instanceof ChannelClosedError) return error.case === undefined ? "closed" : `${error.case}: closed`
  if (error instanceof TimeoutError) return "timed out"
  return error === scolded ? "scolded" : `unexpected: ${String(error)}`
}
