/** AbortSignal in: any wait can be given a signal that ends it. */
import { Choice } from "./choice.ts"
import { checkOptions } from "./checks.ts"
import { InvalidArgumentError } from "./errors.ts"
import { Offer, wake } from "./offer.ts"
import type { Operation } from "./operation.ts"
import type { WaitNode } from "./wait-queue.ts"

/** The option that waiting calls take. */
export interface SignalOption {
  /**
   * If aborted already, `signal.reason` is raised before performing; an abort while waiting takes the waiter off at once,
   * appends it and raises `signal.reason` there. The listener is always taken off again.
   */
  readonly signal: AbortSignal
}

class Aborted extends Offer<void> {
  declare readonly signal: AbortSignal

  constructor(signal: AbortSignal) {
    super()
    this.signal = signal
  }

  ready(): boolean {
    return this.signal.aborted
  }

  take(): void {}

  park(node: WaitNode): void {
    const listener = (): void => wake(node, undefined)
    node.value = listener
    this.signal.addEventListener("abort", listener, { once: true })
  }

  unpark(node: WaitNode): void {
    this.signal.removeEventListener("abort", node.value as () => void)
  }

  describe(): string {
    return "an abort signal"
  }
}

class Abortable<T> extends Choice<T> {
  declare readonly signal: AbortSignal
  declare readonly operation: Operation<T>

  constructor(operation: Operation<T>, signal: AbortSignal) {
    super({ aborted: new Aborted(signal), value: operation }, true)
    this.signal = signal
    this.operation = operation
  }

  override get named(): boolean {
    return false
  }

  wrap(key: string, value: unknown): T {
    if (key === "aborted") throw this.signal.reason
    return value as T
  }

  override describe(): string {
    return this.operation.describe()
  }
}

/** @internal */
export function withSignal<T>(operation: Operation<T>, options: SignalOption): Operation<T> {
  checkOptions("options", options, ["signal"], "channel.receive({ signal })")
  const { signal } = options
  if (signal === undefined) return operation
  if (typeof signal !== "object" || signal === null || typeof signal.addEventListener !== "function") {
    throw new InvalidArgumentError("signal", signal, "an AbortSignal", "right: { signal: controller.signal }")
  }
  return new Abortable(operation, signal)
}
