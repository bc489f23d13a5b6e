/** Streams of tasks: a body run for many items, some at a time. Elixir: `Task.async_stream`. */
import { type Body, call, type Operation, type Outcome, type Received, type Routine, type StarredBody } from "@vivarium/core"
import { InvalidArgumentError } from "@vivarium/core"
import { OwnedCall } from "@vivarium/core/lowlevel"
import type { StreamResult, StreamRun } from "./stream-run.ts"
import { checkOwner } from "./task-home.ts"

/**
 * What `Task.stream()` gives: the results of many tasks, one after another. Nothing is started before somebody asks for the first. Take them in
 * a tasklet by `next()`, `each()` or `toArray()`, elsewhere by `for await`; `each`, `toArray` and `for await` end the tasks that are left, also when they
 * are left early. Around `next()`, write `using stream = Task.stream(…)`. Its owner's end closes it, too.
 *
 * Errors, raised by whoever asks for the next element: what the iterable of the items raises; TaskError with the code `timeout` unless `onTimeout` is
 * `kill`; ActorError with the code `not_owner`. The stream is over then, and its tasks have ended.
 *
 * @example
 * ```ts
 * import { sleep } from "@vivarium/core"
 * import { System, Task } from "@vivarium/actors"
 *
 * await using system = new System()
 * const visit = function* (ms: number) {
 *   yield* sleep(ms)
 *   return `nectar after ${ms} ms`
 * }
 * for await (const one of Task.stream([3, 1, 2], visit, { maxConcurrency: 2, system })) {
 *   if (one.kind === "ok") console.log(one.value)
 * }
 * // prints: nectar after 3 ms
 * // prints: nectar after 1 ms
 * // prints: nectar after 2 ms
 * ```
 */
export class TaskStream<T, I = unknown> implements AsyncIterable<StreamResult<T, I>>, Disposable {
  private readonly run: StreamRun<T, I>

  /** @internal */
  constructor(run: StreamRun<T, I>) {
    this.run = run
  }

  /** The next element, or that there is none: once all have been given, or the stream is closed. */
  next(): Operation<Received<StreamResult<T, I>>> {
    const { run } = this
    return this.operation("next()", function* () {
      return yield* run.advance()
    })
  }

  /** All elements. */
  toArray(): Operation<StreamResult<T, I>[]> {
    return this.operation("toArray()", collecting as Body<never> as Body, this.run)
  }

  /** Calls a body (plain, or a generator function that may wait) for each element; gives how many there were. */
  each<R>(body: StarredBody<[element: StreamResult<T, I>], R>): Operation<number> {
    if (typeof body !== "function") throw new InvalidArgumentError("body", body, "a function of an element", "right: stream.each((element) => …)")
    return this.operation("each()", calling as Body<never> as Body, this.run, body)
  }

  /** Kills the tasks that are left; there are no more elements. Closing twice is fine. */
  close(): void {
    this.run.close()
  }

  /** Closes it at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.run.close()
  }

  /** `for await` outside of tasklets. Leaving early closes the stream and waits until no task is left. */
  [Symbol.asyncIterator](): AsyncIterator<StreamResult<T, I>, undefined> {
    const next = this.next()
    const end = this.operation<void>("for await", closing as Body<never> as Body, this.run)
    return {
      next: () => next.then((received): IteratorResult<StreamResult<T, I>, undefined> => (received.done ? { done: true, value: undefined } : received)),
      return: () => end.then(() => ({ done: true, value: undefined })),
    }
  }

  private operation<R>(what: string, body: Body, ...args: readonly unknown[]): Operation<R> {
    const { owner, world } = this.run.home
    checkOwner(what, owner, "a stream of tasks")
    return new OwnedCall<R>(world.loop, body, args)
  }
}

function* closing<T, I>(run: StreamRun<T, I>): Routine {
  run.close()
  yield* run.rest()
}

function* collecting<T, I>(run: StreamRun<T, I>): Routine<StreamResult<T, I>[]> {
  const all: StreamResult<T, I>[] = []
  try {
    for (let next = yield* run.advance(); !next.done; next = yield* run.advance()) all.push(next.value)
    return all
  } finally {
    yield* closing(run)
  }
}

function* calling<T, I>(run: StreamRun<T, I>, body: (element: StreamResult<T, I>) => unknown): Routine<number> {
  let count = 0
  try {
    for (let next = yield* run.advance(); !next.done; next = yield* run.advance()) {
      count++
      yield* call(body as Body, next.value) as Operation<Outcome<unknown>>
    }
    return count
  } finally {
    yield* closing(run)
  }
}
