/** Answering: a reply or a web Response goes out, and the tasklet ends when it is sent. */
import { action, InvalidArgumentError, type Routine, select, sleep, type Tasklet } from "@vivarium/core"
import { isGenerator, realm } from "@vivarium/core/lowlevel"
import type { ServerResponse } from "node:http"
import { BodyWriter } from "./body-writer.ts"
import { isBeingKilled, outcomeOf } from "./handle.ts"
import type { HttpRequest } from "./http-request.ts"
import type { HttpServer } from "./http-server.ts"
import { SLICE_BYTES } from "./limits.ts"
import { type BodyRoutine, Reply, type ReplyBody, type ReplyHeaders } from "./reply.ts"
import { letGo, type Sending, streaming } from "./reply-streams.ts"

/** Answers one request; what it raises comes before or after the headers. */
export function* answer(server: HttpServer, request: HttpRequest): Routine {
  const returned = server.handle(request)
  const outcome = isGenerator(returned) ? yield* returned : yield* outcomeOf(returned)
  if (isBeingKilled()) return
  const { body, headers, status } = outcome instanceof Reply ? outcome : replyOf(outcome)
  if (request.response.destroyed) {
    server.answerLost(request)
    letGo(body)
    return
  }
  const whole = body === null || typeof body === "string" || body instanceof Uint8Array
  const bodiless = status === 204 || status === 304 || request.method === "HEAD"
  if (whole && (bodiless || body === null || body.length <= SLICE_BYTES)) sendWhole(server, request, status, headers, body)
  else if (bodiless) sendHead(server, request, status, headers, body)
  else yield* sendPieces(server, request, status, headers, body as NonNullable<ReplyBody>)
}

/** Sends a small body, at once. */
export function sendWhole(server: HttpServer, request: HttpRequest, status: number, headers: ReplyHeaders | undefined, body: string | Uint8Array | null): void {
  const { response } = request
  const list = listOf(headers)
  if (typeof body === "string" && !has(list, "content-type")) list.push("content-type", "text/plain; charset=utf-8")
  const length = body === null ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length
  if (status !== 204 && status !== 304) giveLength(list, length, request.method === "HEAD")
  server.beforeHead(request)
  response.writeHead(status, list as never)
  if (body === null) response.end()
  else response.end(body)
}

/** Sends the head only, where there can be no body: what would have made one is not begun, for it may have no end. */
function sendHead(server: HttpServer, request: HttpRequest, status: number, headers: ReplyHeaders | undefined, body: ReplyBody): void {
  letGo(body)
  const list = listOf(headers)
  server.beforeHead(request)
  request.response.writeHead(status, list as never)
  request.response.end()
}

/** Sends a body piece by piece, as the client takes it; if the client goes away meanwhile, the tasklet is killed. */
function* sendPieces(server: HttpServer, request: HttpRequest, status: number, headers: ReplyHeaders | undefined, body: NonNullable<ReplyBody>): Routine {
  const { response } = request
  const tasklet = realm.current as Tasklet
  const writer = new BodyWriter(server.loop, response, request.peer, server.limits.idleMs)
  let state: "sending" | "sent" | "left" = "sending"
  let stream: Sending | null = null
  const leave = (): void => {
    if (state !== "sending") return
    state = "left"
    server.answerLost(request)
    tasklet.kill()
  }
  const onClose = (): void => {
    if (!response.writableFinished) server.loop.ingress.accept({ enter: leave })
  }
  try {
    const list = listOf(headers)
    const whole = typeof body === "string" ? Buffer.from(body) : body
    if (typeof body === "string" && !has(list, "content-type")) list.push("content-type", "text/plain; charset=utf-8")
    if (whole instanceof Uint8Array) giveLength(list, whole.length, false)
    if (!(whole instanceof Uint8Array) && typeof whole !== "function") {
      stream = streaming(whole)
      const early = yield* stream.ahead()
      if (isBeingKilled()) return
      if (response.destroyed) {
        server.answerLost(request)
        return
      }
      if (early !== null) {
        sendWhole(server, request, status, headers, early)
        state = "sent"
        return
      }
    }
    server.beforeHead(request)
    // A length that the reply gives itself is kept: bytes beyond it would be taken for the next answer, and missing ones from that.
    response.strictContentLength = true
    response.writeHead(status, list as never)
    response.on("error", ignore)
    response.once("close", onClose)
    if (response.socket === null) yield* turnOf(response)
    if (whole instanceof Uint8Array) yield* writer.write(whole)
    else {
      response.flushHeaders()
      if (stream !== null) yield* stream.write(writer)
      else yield* outcomeOf((whole as BodyRoutine)(writer))
    }
    if (isBeingKilled()) return
    if (yield* sent(response, server.limits.idleMs)) state = "sent"
    else giveUp(server, request)
  } catch (error) {
    // That a client takes nothing is no mistake of who answers.
    if (error !== writer.outgoing?.late) throw error
    giveUp(server, request)
  } finally {
    if (state !== "sent") {
      if (stream === null) letGo(body)
      else stream.letGo()
    }
    state = "sent"
    response.off("close", onClose)
  }
}

/** The client takes nothing of the answer. */
function giveUp(server: HttpServer, request: HttpRequest): void {
  server.answerLost(request)
  request.response.destroy()
}

/** Waits until the answers to the requests before this one are sent. */
function* turnOf(response: ServerResponse): Routine {
  yield* action<void>((resolve) => {
    const listener = (): void => resolve()
    response.once("socket", listener)
    return () => response.off("socket", listener)
  })
}

/** Ends the body, and waits until the system has taken it; says whether it has, or false if the client takes nothing for `idleMs`. */
function* sent(response: ServerResponse, idleMs: number): Routine<boolean> {
  if (response.writableFinished) return true
  const finished = action<void>((resolve) => {
    response.end(() => resolve())
  })
  for (let before = -1; ; ) {
    const first = yield* select({ finished, late: idleMs === Infinity ? null : sleep(idleMs) })
    if (first.key === "finished") return true
    const taken = response.socket === null ? 0 : response.socket.bytesWritten - response.socket.writableLength
    if (taken === before) return false
    before = taken
  }
}

/** What becomes of a response that is given up is told by its close. */
function ignore(): void {}

/** Names and values in turn, as Node takes them. */
function listOf(headers: ReplyHeaders | undefined): (string | number | readonly string[])[] {
  const list: (string | number | readonly string[])[] = []
  for (const name of Object.keys(headers ?? {})) list.push(name, headers?.[name] as string)
  return list
}

/** Tells the length, unless it goes out in chunks. One that the reply gives itself must be right, but for HEAD: that asks what another answer would have. */
function giveLength(list: (string | number | readonly string[])[], length: number, isHead: boolean): void {
  const at = find(list, "content-length")
  if (at < 0) {
    if (!has(list, "transfer-encoding")) list.push("content-length", length)
  } else if (!isHead && Number(list[at + 1]) !== length) {
    throw new InvalidArgumentError('headers["content-length"]', list[at + 1], `the length of the body, ${length}, or left out`)
  }
}

function has(list: readonly unknown[], name: string): boolean {
  return find(list, name) >= 0
}

function find(list: readonly unknown[], name: string): number {
  for (let at = 0; at < list.length; at += 2) {
    const given = list[at] as string
    if (given.length === name.length && given.toLowerCase() === name) return at
  }
  return -1
}

/** What a handler has returned, if it is a Response, as a reply. */
function replyOf(outcome: unknown): Reply {
  if (!isResponse(outcome)) throw new InvalidArgumentError("the handler's result", outcome, "a reply or a Response", 'right: return reply(200, "hello")')
  if (outcome.bodyUsed) throw new InvalidArgumentError("the handler's result", outcome, "a Response whose body was not read")
  return new Reply(outcome.status, outcome.body, headersOf(outcome.headers))
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
