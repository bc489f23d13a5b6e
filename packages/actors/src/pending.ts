/** Requests whose answers are collected later. Erlang: `gen_server:send_request`. */
import { Answer } from "./answer.ts"
import { taskletOfNode, type WaitNode } from "@vivarium/core/lowlevel"
import { beginRequest, cycle } from "./call.ts"
import type { CallOptions } from "./call-options.ts"
import type { Cell } from "./cell.ts"
import { currentCell } from "./current.ts"
import type { Ref } from "./ref.ts"
import type { Request } from "./request.ts"
import { addEdge, type Edge, edgeTo, pathOfWaits, removeEdge } from "./waits-for.ts"

interface Wait extends Edge {
  readonly from: Cell
}

/**
 * An answer that is still to come: the request has been sent. Perform it as often as you like; `abandon()` gives it up. Its error is
 * raised by whoever waits for it, and by nobody else.
 */
export class Pending<T> extends Answer<T> {
  private request: Request | null = null
  /** Who waits for it, as far as these are processes. */
  private readonly waits = new Map<WaitNode, Wait>()
  private isPutOff = false

  /** @internal */
  constructor(ref: Ref<unknown>, options: CallOptions | null, method: string, args: readonly unknown[]) {
    super(ref["~loop"], () => `the answer of ${ref.toString()} to ${method}()`)
    try {
      this.request = beginRequest(ref, options, options?.from ?? currentCell(), method, args, this as Answer<unknown>)
    } catch (error) {
      this.settle(error, true)
    }
  }

  /** Whether it could be taken at once; raises if a wait for it could never end. */
  override ready(): boolean {
    const waiter = currentCell()
    if (this.settled || this.request === null || this.isPutOff || waiter === null) return this.settled
    const path = pathOfWaits(this.request.target, waiter)
    if (path !== null) throw cycle(this.request, path)
    return false
  }

  /** Waits in line. */
  override park(node: WaitNode): void {
    super.park(node)
    const from = taskletOfNode(node).owner as Cell | null
    if (from === null || this.request === null || this.isPutOff) return
    const wait: Wait = { from, ...edgeTo(this.request.target) }
    this.waits.set(node, wait)
    addEdge(from, wait)
  }

  /** Leaves the line. */
  override unpark(node: WaitNode): void {
    super.unpark(node)
    const wait = this.waits.get(node)
    if (wait !== undefined) removeEdge(wait.from, wait)
    this.waits.delete(node)
  }

  /** @internal */
  override settle(value: unknown, failed: boolean): void {
    this.forgetWaits()
    super.settle(value, failed)
  }

  /** @internal */
  override freed(): void {
    this.isPutOff = true
    this.forgetWaits()
  }

  private forgetWaits(): void {
    for (const wait of this.waits.values()) removeEdge(wait.from, wait)
    this.waits.clear()
  }

  /** Gives the request up: it is withdrawn if it is unread, and a late answer is dropped. Says whether it was still open. */
  abandon(): boolean {
    if (this.settled || this.request === null) return false
    this.request.withdraw()
    this.settle(this.request.abandoned(), true)
    return true
  }
}
