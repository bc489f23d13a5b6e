/** Replies: what a handler of HTTP requests returns. */
import { InvalidArgumentError, type Operation, type Suspend } from "@vivarium/core"
import { validateHeaderName, validateHeaderValue } from "node:http"
import type { Readable } from "node:stream"
import type { BodyWriter } from "./body-writer.ts"
import { letGo } from "./reply-streams.ts"

/** The headers of a reply: names in any case, several values as an array. */
export type ReplyHeaders = Readonly<Record<string, string | number | readonly string[]>>

/** A body that is made while it is sent, by a routine on the request's own tasklet; its client gone, it is killed. */
export type BodyRoutine = (body: BodyWriter) => Generator<Suspend, unknown, unknown> | Operation<unknown> | PromiseLike<unknown> | undefined | void

/** What a body can be: text (UTF-8), bytes, nothing, a routine that writes it, or a stream of Node or the web. */
export type ReplyBody = string | Uint8Array | null | BodyRoutine | Readable | ReadableStream | AsyncIterable<string | Uint8Array>

/** An answer to a request, as `reply` makes it. */
export class Reply {
  readonly status: number
  readonly body: ReplyBody
  readonly headers: ReplyHeaders | undefined

  /** @internal */
  constructor(status: number, body: ReplyBody, headers: ReplyHeaders | undefined) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/**
 * An answer to a request. The length is set for text and bytes, and the type of text is `text/plain; charset=utf-8` unless a header says otherwise. A
 * body that is a generator function is run with a writer; what it has written goes out as the client takes it.
 *
 * @example
 * ```ts
 * import { main, sleep } from "@vivarium/core"
 * import { fetchHttp, reply, serveHttp } from "@vivarium/net"
 *
 * await main(function* () {
 *   const server = yield* serveHttp({ port: 0 }, function* () {
 *     return reply(200, function* (body) {
 *       for (const flower of ["rose", "tulip"]) {
 *         yield* body.write(`${flower}\n`)
 *         yield* sleep(1)
 *       }
 *     })
 *   })
 *   const response = yield* fetchHttp(server.url)
 *   console.log(yield* response.body.readLine())
 *   console.log(yield* response.body.readLine())
 *   yield* server.close()
 * })
 * // prints: rose
 * // prints: tulip
 * ```
 */
export function reply(status: number, body: ReplyBody = null, headers?: ReplyHeaders): Reply {
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new InvalidArgumentError("status", status, "an integer from 200 to 599")
  if (headers !== undefined && (typeof headers !== "object" || headers === null)) throw new InvalidArgumentError("headers", headers, 'an object of headers, such as { "content-type": "text/html" }')
  if (typeof body !== "string" && body !== null) checkBody(body)
  try {
    for (const name in headers) checkHeader(name, headers[name])
  } catch (error) {
    // It was given away, and nobody else would close it.
    letGo(body)
    throw error
  }
  return new Reply(status, body, headers)
}

/**
 * An answer whose body is a value as JSON.
 *
 * @example
 * ```ts
 * import { replyJson } from "@vivarium/net"
 *
 * console.log(replyJson(200, { bees: 3 }).body)
 * // prints: {"bees":3}
 * ```
 */
export function replyJson(status: number, value: unknown, headers?: ReplyHeaders): Reply {
  const text = asJson(value)
  const typed = headers !== undefined && Object.keys(headers).some((name) => name.toLowerCase() === "content-type")
  return reply(status, text, typed ? headers : { "content-type": "application/json", ...headers })
}

function asJson(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value) as string | undefined
  } catch (error) {
    throw new InvalidArgumentError("value", value, "something that JSON can say", (error as Error).message)
  }
  if (text === undefined) throw new InvalidArgumentError("value", value, "something that JSON can say")
  return text
}

function checkBody(body: unknown): void {
  if (body instanceof Uint8Array || typeof body === "function") return
  const streams = typeof body === "object" && body !== null && (Symbol.asyncIterator in body || "getReader" in body)
  if (!streams) {
    throw new InvalidArgumentError("body", body, "a text, bytes, null, a generator function that writes, or a stream", "right: replyJson(200, value) for JSON")
  }
}

/** Raised here, where the reply is made, and not when it is sent. */
function checkHeader(name: string, value: unknown): void {
  try {
    validateHeaderName(name)
    for (const one of Array.isArray(value) ? value : [value]) validateHeaderValue(name, one as string)
  } catch {
    throw new InvalidArgumentError(`headers[${JSON.stringify(name)}]`, value, "a name and a value that a header can have: no line ends, nothing undefined")
  }
}
