/** Where the items of a stream come from: asked one at a time, and never before there is room for one. */
import { inGuard, isThenable } from "@vivarium/core/lowlevel"

/** The source is asked for nothing more once it has ended, or has failed. */
export class StreamSource<I> {
  /** The item that an async iterable has been asked for. */
  pulled: PromiseLike<IteratorResult<I>> | null = null
  private ended = false
  private closed = false
  private asking = false
  private readonly items: Iterable<I> | AsyncIterable<I>
  private readonly onUncaught: (error: unknown) => void
  private iterator: Iterator<I> | AsyncIterator<I> | null = null

  constructor(items: Iterable<I> | AsyncIterable<I>, onUncaught: (error: unknown) => void) {
    this.items = items
    this.onUncaught = onUncaught
  }

  /** The next item, if it is there at once; an async iterable is asked for it. May raise what the iterable does. */
  next(): { readonly item: I } | null {
    if (this.ended || this.pulled !== null) return null
    const result = this.ask()
    // Whoever waits for the item is told of a rejection, if only later.
    if (isThenable(result)) result.then(undefined, this.fail)
    if (this.closed) this.finish()
    else if (!isThenable(result)) return this.read(result)
    else this.pulled = result
    return null
  }

  /** Takes in what an async iterable has given, once. */
  arrive(pulled: PromiseLike<IteratorResult<I>>, result: IteratorResult<I>): { readonly item: I } | null {
    if (this.pulled !== pulled) return null
    this.pulled = null
    return this.ended ? null : this.read(result)
  }

  /** Whether no more items will come, not even the one that was asked for. */
  get exhausted(): boolean {
    return this.closed || (this.ended && this.pulled === null)
  }

  /** No more items are wanted. An iterator that says so itself, while it is asked, is closed after that. */
  close(): void {
    this.closed = true
    if (!this.asking) this.finish()
  }

  private finish(): void {
    if (this.ended) return
    this.ended = true
    try {
      const closed = inGuard(() => this.iterator?.return?.())
      if (isThenable(closed)) closed.then(undefined, this.onUncaught)
    } catch (error) {
      this.onUncaught(error)
    }
  }

  private ask(): IteratorResult<I> | Promise<IteratorResult<I>> {
    this.asking = true
    try {
      return inGuard(() => (this.iterator ??= this.begin()).next())
    } catch (error) {
      this.ended = true
      throw error
    } finally {
      this.asking = false
    }
  }

  private readonly fail = (): void => {
    this.ended = true
  }

  private begin(): Iterator<I> | AsyncIterator<I> {
    const items = this.items as Iterable<I> & Partial<AsyncIterable<I>>
    return items[Symbol.asyncIterator]?.() ?? items[Symbol.iterator]()
  }

  private read(result: IteratorResult<I>): { readonly item: I } | null {
    if (result.done !== true) return { item: result.value }
    this.ended = true
    return null
  }
}
