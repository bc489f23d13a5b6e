/** `fetchHttp`: asking a server over HTTP. */
import type { Operation } from "@vivarium/core"
import { type FetchOptions, HttpClient } from "./http-client.ts"
import type { HttpResponse } from "./http-response.ts"

let shared: HttpClient | null = null

/**
 * Asks a server over HTTP and waits for the head of its response; the body is read by operations. Connections are kept and bounded (128 a server): undici is
 * behind it. A kill, a lost race or a time-out gives the request up. Raises ConnectionError (`connect_failed`, `connection_reset`) or TimeoutError; no status
 * is an error. A response that is not read to its end keeps its connection: read it, or hold it by `using`.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { fetchHttp, replyJson, serveHttp } from "@vivarium/net"
 *
 * await main(function* () {
 *   const server = yield* serveHttp({ port: 0 }, function* (request) {
 *     return replyJson(201, { got: yield* request.json() })
 *   })
 *   const response = yield* fetchHttp(server.url, { json: { bee: "Maya" } })
 *   console.log(response.status, yield* response.json())
 *   yield* server.close()
 * })
 * // prints: 201 { got: { bee: 'Maya' } }
 * ```
 */
export function fetchHttp(url: string | URL, options?: FetchOptions): Operation<HttpResponse> {
  shared ??= new HttpClient()
  return shared.fetch(url, options)
}
