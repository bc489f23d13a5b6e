/** Where the items of a stream come from: asked one at a time, and never before there is room for one. */
import { inGuard, isThenable } from "@vivarium/core/lowlevel"

/** The source is asked for nothing more once it has ended, or has failed. */
export class StreamSource<I> {
  /** The item that an async iterable has been asked for. */
  pulled: PromiseLike<IteratorResult<I>> | null = null
  ended = false
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
    const { items } = this
    this.ended = true
    this.iterator ??= inGuard(() => (Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()))
    const { iterator } = this
    const result = inGuard(() => iterator.next())
    this.ended = false
    if (!isThenable(result)) return this.read(result)
    this.pulled = result
    // Whoever waits for it is told of a rejection; if nobody does, it is told when it is asked for again.
    result.then(undefined, () => {})
    return null
  }

  /** Takes in what an async iterable has given, once. */
  arrive(pulled: PromiseLike<IteratorResult<I>>, result: IteratorResult<I>): { readonly item: I } | null {
    if (this.pulled !== pulled) return null
    this.pulled = null
    return this.ended ? null : this.read(result)
  }

  /** No more items are wanted. */
  close(): void {
    if (this.ended) return
    this.ended = true
    try {
      const closed = inGuard(() => this.iterator?.return?.())
      if (isThenable(closed)) closed.then(undefined, this.onUncaught)
    } catch (error) {
      this.onUncaught(error)
    }
  }

  private read(result: IteratorResult<I>): { readonly item: I } | null {
    if (result.done !== true) return { item: result.value }
    this.ended = true
    return null
  }
}
