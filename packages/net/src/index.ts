/**
 * A tasklet per connection: sockets, HTTP and pools whose code reads straight down.
 *
 * @module
 */
export type { Address } from "./binding.ts"
export type { BodyWriter } from "./body-writer.ts"
export { connect, type ConnectOptions } from "./connect.ts"
export { Connection, type ConnectionStatistics } from "./connection.ts"
export { ConnectionError, HttpError, LimitError } from "./errors.ts"
export type { HttpRequest } from "./http-request.ts"
export type { HttpServer, HttpServerStatistics } from "./http-server.ts"
export type { Lines } from "./lines.ts"
export { listen, type ListenOptions } from "./listen.ts"
export type { MessageBody } from "./message-body.ts"
export { pair, type PairOptions } from "./memory-link.ts"
export type { ReadOptions, WriteOptions } from "./options.ts"
export { Reader } from "./reader.ts"
export type { OnError } from "./report.ts"
export { type BodyRoutine, type Reply, reply, type ReplyBody, type ReplyHeaders, replyJson } from "./reply.ts"
export { serveHttp, type ServeHttpOptions } from "./serve-http.ts"
export { Server, type ServerStatistics } from "./server.ts"
export type { CloseOptions } from "./server-base.ts"
export type { ClientTls, ServerTls } from "./tls.ts"
export type { Data } from "./write.ts"
