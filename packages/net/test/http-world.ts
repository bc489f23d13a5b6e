/** For the tests of HTTP: a scheduler each, whose reports are kept, and clients that say on the wire what they like. */
import { type Routine, Scheduler, type StarredBody, until } from "@vivarium/core"
import { connect, type Connection, ConnectionError, type HttpRequest, type HttpServer, serveHttp, type ServeHttpOptions } from "@vivarium/net"

/** What one test sees of its scheduler. */
export interface World {
  readonly scheduler: Scheduler
  /** What has failed, in words, and by which error. */
  readonly reports: { readonly what: string; readonly error: unknown }[]
}

/** Runs a test on a scheduler of its own; nothing may be left waiting for the outside afterwards. */
export async function inWorld(body: (world: World) => Routine<void>): Promise<void> {
  const reports: World["reports"] = []
  const scheduler = new Scheduler({
    onReport: (report) => {
      if (report.kind === "failed") reports.push({ what: report.what, error: report.error })
    },
  })
  await scheduler.main(body, { scheduler, reports })
  const { external, timers } = scheduler.statistics()
  if (external !== 0 || timers !== 0) throw new Error(`left behind: ${external} waits for the outside, ${timers} timers`)
}

/** Serves while a body runs; in the end all that is left is ended. */
export function* serving(options: ServeHttpOptions, handler: StarredBody<[request: HttpRequest], unknown>, body: (server: HttpServer) => Routine<void>): Routine<void> {
  const server = yield* serveHttp({ port: 0, ...options }, handler as StarredBody<[request: HttpRequest], Routine>)
  try {
    yield* body(server)
  } finally {
    yield* server.close({ deadlineMs: 0 })
  }
}

/** A response as it stood on the wire. */
export interface RawResponse {
  readonly status: number
  /** The status line and the headers. */
  readonly head: string
  readonly headers: Headers
  readonly body: string
  /** How many chunks the body had; 0 if it was not chunked. */
  readonly chunks: number
}

/** A client that sends what it is told to, whether or not that is HTTP. */
export class RawClient {
  readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Sends something as it is. */
  send(data: string | Uint8Array) {
    return this.connection.write(data)
  }

  /** Asks for a path, in the shortest way, and waits for the response. */
  *get(path: string, headers = ""): Routine<RawResponse> {
    yield* this.send(`GET ${path} HTTP/1.1\r\nhost: a\r\n${headers}\r\n`)
    return yield* this.response()
  }

  /** Reads the head of a response. */
  *head(): Routine<{ readonly status: number; readonly head: string; readonly headers: Headers }> {
    const bytes = yield* this.connection.readUntil("\r\n\r\n")
    if (bytes === undefined) throw new Error("the server has ended the connection without a response")
    const head = String(bytes)
    const [first = "", ...lines] = head.trimEnd().split("\r\n")
    const headers = new Headers()
    for (const line of lines) headers.append(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim())
    return { status: Number(first.split(" ")[1]), head, headers }
  }

  /** Reads a whole response. One to HEAD, 204 and 304 has no body. */
  *response(method = "GET"): Routine<RawResponse> {
    const start = yield* this.head()
    const { headers, status } = start
    if (method === "HEAD" || status === 204 || status === 304 || status < 200) return { ...start, body: "", chunks: 0 }
    if (headers.get("transfer-encoding") === "chunked") return { ...start, ...(yield* this.chunked()) }
    const length = headers.get("content-length")
    if (length === null) return { ...start, body: (yield* this.rest()).text, chunks: 0 }
    return { ...start, body: String((yield* this.connection.readBytes(Number(length))) ?? ""), chunks: 0 }
  }

  /** Reads the chunks of a body to their end. */
  *chunked(): Routine<{ readonly body: string; readonly chunks: number }> {
    let body = ""
    for (let chunks = 0; ; chunks++) {
      const size = Number.parseInt((yield* this.connection.readLine()) ?? "", 16)
      body += size === 0 ? "" : String(yield* this.connection.readBytes(size))
      yield* this.connection.readLine()
      if (size === 0) return { body, chunks }
      if (Number.isNaN(size)) throw new Error("no chunk")
    }
  }

  /** Reads what comes up to the end, and how it ended. */
  *rest(): Routine<{ readonly text: string; readonly end: "end" | "reset" }> {
    let text = ""
    for (;;) {
      try {
        const chunk = yield* this.connection.read()
        if (chunk === undefined) return { text, end: "end" }
        text += String(chunk)
      } catch (error) {
        if (error instanceof ConnectionError) return { text, end: "reset" }
        throw error
      }
    }
  }
}

/** A raw client of a server; `halfOpen`, so that it can see what comes after its own end. */
export function* rawClient(server: HttpServer): Routine<RawClient> {
  return new RawClient(yield* connect({ port: server.port, halfOpen: true, maxLineBytes: 1_048_576 }))
}

/** Lets the host have a number of turns: what is on its way arrives. */
export function* turns(count: number): Routine<void> {
  for (let turn = 0; turn < count; turn++) yield* until(new Promise<void>((resolve) => void setImmediate(resolve)))
}

/** Waits, turn by turn, until a condition holds. */
export function* eventually(condition: () => boolean): Routine<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn === 300_000) throw new Error(`it never came to be: ${condition}`)
    yield* turns(1)
  }
}
