/** All lines of a reader, one after another. */
import { type Body, call, InvalidArgumentError, type Operation, type Routine } from "@vivarium/core"
import type { ReadOptions } from "./options.ts"
import { callOn } from "./owned.ts"
import type { Reader } from "./reader.ts"

/** The lines of a connection or a body, up to its end. */
export class Lines {
  private readonly reader: Reader
  private readonly options: ReadOptions | undefined

  /** @internal */
  constructor(reader: Reader, options: ReadOptions | undefined) {
    this.reader = reader
    this.options = options
  }

  /** Calls a body with each line, and waits for it; gives how many there were. */
  each(body: (line: string) => unknown): Operation<number> {
    if (typeof body !== "function") throw new InvalidArgumentError("body", body, "a function, best a generator function", "right: connection.lines().each((line) => console.log(line))")
    return callOn(this.reader.loop, each, this.reader, this.options, body as Body)
  }

  /** The lines for `for await` in async code. */
  [Symbol.asyncIterator](): AsyncIterator<string, undefined> {
    const operation = this.reader.readLine(this.options)
    return {
      next: () => operation.then((line): IteratorResult<string, undefined> => (line === undefined ? { done: true, value: undefined } : { done: false, value: line })),
      return: () => Promise.resolve({ done: true, value: undefined }),
    }
  }
}

function* each(reader: Reader, options: ReadOptions | undefined, body: Body): Routine<number> {
  const operation = reader.readLine(options)
  for (let count = 0; ; count++) {
    const line = yield* operation
    if (line === undefined) return count
    yield* call(body, line)
  }
}
