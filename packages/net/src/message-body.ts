/** Bodies of HTTP messages that come in: readers that can also be read whole. */
import { type Operation, type Routine, TimeoutError } from "@vivarium/core"
import { BodyError, LimitError } from "./errors.ts"
import { checkReadOptions, readSize, type ReadOptions } from "./options.ts"
import { callOn } from "./owned.ts"
import type { ReadOperation } from "./read-operations.ts"
import { Reader } from "./reader.ts"

/** The body of a request or of a response. */
export abstract class MessageBody extends Reader {
  /** @internal How long it says it is, if it does. */
  protected abstract get announced(): number | undefined

  /** @internal How much may be read whole, unless the call says otherwise. */
  protected abstract get maxBodyBytes(): number

  /** @internal The errors that stand for what the peer has done, not for a mistake of who reads. */
  fault: Error | null = null

  /** @internal Whether it had bytes that were read whole. */
  spent = false

  /** The whole body; more than `maxBytes` raises LimitError `body_too_large`, at once if it is announced. It can be read whole once: then BodyError `already_read`. */
  bytes(options?: ReadOptions): Operation<Buffer> {
    if (options !== undefined) checkReadOptions(options)
    const maxBytes = readSize("maxBytes", options?.maxBytes, this.maxBodyBytes)
    return callOn(this.loop, whole, this, maxBytes, options?.timeoutMs === undefined ? undefined : { timeoutMs: options.timeoutMs })
  }

  /** The whole body as text (UTF-8). */
  text(options?: ReadOptions): Operation<string> {
    return callOn(this.loop, textOf, this, options)
  }

  /** The whole body as JSON; what is none raises BodyError `not_json`. */
  json(options?: ReadOptions): Operation<unknown> {
    return callOn(this.loop, jsonOf, this, options)
  }

  /** The chunks as they come, for `for await` in async code; a loop that is left gives up the rest. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer, undefined> {
    const operation = this.read()
    return {
      next: () => operation.then((chunk): IteratorResult<Buffer, undefined> => (chunk === undefined ? { done: true, value: undefined } : { done: false, value: chunk })),
      return: () => {
        if (!this.ended) this.giveUp()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }

  /** @internal The chunks up to a limit; more is an error. */
  async *chunks(maxBytes: number): AsyncGenerator<Buffer, void> {
    if ((this.announced ?? 0) > maxBytes) throw this.tooLarge(maxBytes)
    let length = 0
    for await (const chunk of this) {
      length += chunk.length
      if (length > maxBytes) throw this.tooLarge(maxBytes)
      yield chunk
    }
  }

  /** @internal */
  tooLarge(maxBytes: number): LimitError {
    const error = new LimitError("body_too_large", `the body from ${this.peer} has more than ${maxBytes} bytes. Raise maxBodyBytes, or maxBytes of the call, if that is right, or read it piece by piece.`, maxBytes)
    this.fault = error
    return error
  }

  /** @internal */
  notJson(cause: Error): BodyError {
    const error = new BodyError("not_json", `the body is no JSON: ${cause.message}`, { cause })
    this.fault = error
    return error
  }

  /** @internal */
  get announcedBytes(): number | undefined {
    return this.announced
  }

  /** @internal Nobody will read what is left. */
  giveUp(): void {
    this.discard()
  }

  /** @internal A read has waited too long. */
  override timedOut(operation: ReadOperation<unknown>): TimeoutError {
    const error = super.timedOut(operation)
    this.fault = error
    return error
  }
}

function* whole(body: MessageBody, maxBytes: number, options: ReadOptions | undefined): Routine<Buffer> {
  if ((body.announcedBytes ?? 0) > maxBytes) {
    body.giveUp()
    throw body.tooLarge(maxBytes)
  }
  if (body.spent) throw new BodyError("already_read", `the body from ${body.peer} was read whole before. Keep what that gave.`)
  const operation = body.read(options)
  const chunks: Buffer[] = []
  let length = 0
  try {
    for (;;) {
      const chunk = yield* operation
      body.spent = length > 0
      if (chunk === undefined) return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)
      length += chunk.length
      if (length > maxBytes) throw body.tooLarge(maxBytes)
      chunks.push(chunk)
    }
  } finally {
    // What has been taken cannot be given back, so nobody can make sense of the rest.
    if (!body.ended) body.giveUp()
  }
}

function* textOf(body: MessageBody, options: ReadOptions | undefined): Routine<string> {
  return (yield* body.bytes(options)).toString("utf8")
}

function* jsonOf(body: MessageBody, options: ReadOptions | undefined): Routine<unknown> {
  const text = yield* body.text(options)
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw body.notJson(cause as Error)
  }
}

/** One header of a message, by its name in any case. */
export function valueOf(headers: Readonly<Record<string, string | readonly string[] | undefined>>, name: string): string | undefined {
  const key = name.toLowerCase()
  if (!Object.hasOwn(headers, key)) return undefined
  const value = headers[key]
  return typeof value === "object" ? value.join(", ") : value
}
