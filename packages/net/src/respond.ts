/** Answering: a reply or a web Response goes out, and the tasklet ends when it is sent. */
import { action, InvalidArgumentError, type Routine, select, type Tasklet, until } from "@vivarium/core"
import { isGenerator, realm } from "@vivarium/core/lowlevel"
import type { ServerResponse } from "node:http"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { BodyWriter } from "./body-writer.ts"
import { outcomeOf } from "./handle.ts"
import type { HttpRequest } from "./http-request.ts"
import type { HttpServer } from "./http-server.ts"
import { SLICE_BYTES } from "./limits.ts"
import { Reply, type ReplyBody, type ReplyHeaders } from "./reply.ts"

/** Answers one request; what it raises comes before or after the headers. */
export function* answer(server: HttpServer, request: HttpRequest): Routine {
  const returned = server.handle(request)
  const outcome = isGenerator(returned) ? yield* returned : yield* outcomeOf(returned)
  if (request.response.destroyed) server.answerLost()
  else if (outcome instanceof Reply) {
    const { body, headers, status } = outcome
    if (body === null || ((typeof body === "string" || body instanceof Uint8Array) && body.length <= SLICE_BYTES)) sendWhole(server, request, status, headers, body)
    else yield* sendPieces(server, request, status, headers, body)
  } else if (isResponse(outcome)) yield* sendPieces(server, request, outcome.status, headersOf(outcome.headers), outcome.body)
  else throw new InvalidArgumentError("the handler's result", outcome, "a reply or a Response", 'right: return reply(200, "hello")')
}

/** Sends a small body, at once. */
export function sendWhole(server: HttpServer, request: HttpRequest, status: number, headers: ReplyHeaders | undefined, body: string | Uint8Array | null): void {
  const { response } = request
  const list = listOf(headers)
  if (typeof body === "string" && !has(list, "content-type")) list.push("content-type", "text/plain; charset=utf-8")
  const length = body === null ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length
  if (status !== 204 && status !== 304 && !has(list, "content-length")) list.push("content-length", length)
  server.beforeHead(request)
  response.writeHead(status, list as never)
  if (body === null) response.end()
  else response.end(body)
}

/** Sends a body piece by piece, as the client takes it; if the client goes away meanwhile, the tasklet is killed. */
function* sendPieces(server: HttpServer, request: HttpRequest, status: number, headers: ReplyHeaders | undefined, body: ReplyBody): Routine {
  const { peer, response } = request
  const list = listOf(headers)
  if (typeof body === "string" && !has(list, "content-type")) list.push("content-type", "text/plain; charset=utf-8")
  const whole = typeof body === "string" ? Buffer.from(body) : body
  if (whole instanceof Uint8Array && !has(list, "content-length")) list.push("content-length", whole.length)
  server.beforeHead(request)
  response.writeHead(status, list as never)
  response.on("error", ignore)
  const tasklet = realm.current as Tasklet
  const onClose = (): void => {
    if (!response.writableFinished) server.loop.ingress.accept({ enter: () => tasklet.kill() })
  }
  response.once("close", onClose)
  if (response.destroyed) onClose()
  try {
    const writer = new BodyWriter(server.loop, response, peer, server.limits.idleMs)
    if (whole === null) response.flushHeaders()
    else if (whole instanceof Uint8Array) yield* writer.write(whole)
    else if (typeof whole === "function") {
      response.flushHeaders()
      yield* outcomeOf(whole(writer))
    } else if ("getReader" in whole) yield* sendStream(whole, writer)
    else yield* until((signal) => pipeline(whole as Readable, response, { signal }))
    yield* sent(response)
  } finally {
    response.off("close", onClose)
  }
}

function* sendStream(stream: ReadableStream<Uint8Array>, writer: BodyWriter): Routine {
  const reader = stream.getReader()
  let done = false
  try {
    for (;;) {
      const chunk = yield* until(reader.read())
      if (chunk.done) break
      yield* writer.write(chunk.value)
    }
    done = true
  } finally {
    if (!done) reader.cancel().catch(ignore)
  }
}

/** What becomes of a response or a stream that is given up is told by its close. */
function ignore(): void {}

/** Ends the body, and waits until the system has taken it. */
function* sent(response: ServerResponse): Routine {
  if (response.writableFinished || response.destroyed) return
  yield* select({
    finished: action<void>((resolve) => {
      response.end(() => resolve())
    }),
    closed: action<void>((resolve) => {
      const listener = (): void => resolve()
      response.once("close", listener)
      return () => response.off("close", listener)
    }),
  })
}

/** Names and values in turn, as Node takes them. */
function listOf(headers: ReplyHeaders | undefined): (string | number | readonly string[])[] {
  const list: (string | number | readonly string[])[] = []
  for (const name in headers) list.push(name, headers[name] as string)
  return list
}

function has(list: readonly unknown[], name: string): boolean {
  for (let at = 0; at < list.length; at += 2) {
    const given = list[at] as string
    if (given.length === name.length && given.toLowerCase() === name) return true
  }
  return false
}

/** Responses of any make: a polyfill's are as good. */
function isResponse(value: unknown): value is Response {
  return value instanceof Response || (typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Response]")
}

function headersOf(headers: Headers): ReplyHeaders {
  const given: Record<string, string | readonly string[]> = {}
  for (const [name, value] of headers) given[name] = name === "set-cookie" ? headers.getSetCookie() : value
  return given
}
