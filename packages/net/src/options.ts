/** Options that several calls take, and how they are checked. */
import { InvalidArgumentError } from "@vivarium/core"
import { checkCount, checkOptions } from "@vivarium/core/lowlevel"

/** Options of a read. */
export interface ReadOptions {
  /** How long to wait for it, in milliseconds; Infinity for as long as it takes. Default: the connection's `idleMs`. */
  readonly timeoutMs?: number
  /** How many bytes it may come to. */
  readonly maxBytes?: number
}

/** Options of a write. */
export interface WriteOptions {
  /** How long to wait for the peer to take some of it, in milliseconds; Infinity for as long as it takes. Default: the connection's `idleMs`. */
  readonly timeoutMs?: number
}

/** A time limit: milliseconds, or Infinity for none. */
export function readTimeout(name: string, ms: number | undefined, byDefault: number): number {
  if (ms === undefined) return byDefault
  if (typeof ms !== "number" || !(ms >= 0)) throw new InvalidArgumentError(name, ms, "a number of milliseconds, 0 or more, or Infinity for no limit")
  return ms
}

/** A size limit in bytes. */
export function readSize(name: string, bytes: number | undefined, byDefault: number): number {
  if (bytes === undefined) return byDefault
  if (bytes !== Infinity) checkCount(name, bytes, 1)
  return bytes
}

export function checkReadOptions(options: ReadOptions): void {
  checkOptions("options", options, ["timeoutMs", "maxBytes"], "connection.readLine({ timeoutMs: 30_000, maxBytes: 4096 })")
}

/** How long a write may wait. */
export function readPatience(options: WriteOptions | undefined, byDefault: number): number {
  if (options === undefined) return byDefault
  checkOptions("options", options, ["timeoutMs"], "connection.write(data, { timeoutMs: 30_000 })")
  return readTimeout("timeoutMs", options.timeoutMs, byDefault)
}

/** A port to listen on or to connect to. */
export function checkPort(port: unknown, lowest: number): asserts port is number {
  if (!Number.isInteger(port) || (port as number) < lowest || (port as number) > 65_535) {
    throw new InvalidArgumentError("port", port, `an integer from ${lowest} to 65535`, lowest === 0 ? "0 takes any free one: server.port tells which." : "")
  }
}

/** What serves: a function, best a generator function. */
export function checkHandler(handler: unknown, example: string): void {
  if (typeof handler !== "function") throw new InvalidArgumentError("handler", handler, "a function, best a generator function", `right: ${example}`)
}

/** What is shown and asked for by TLS. */
export function checkTls(tls: unknown, allowed = "an object with key and cert at least, as for tls.createServer"): void {
  if (tls !== undefined && (typeof tls !== "object" || tls === null)) throw new InvalidArgumentError("tls", tls, allowed)
}

/** What a server shows: without it, every handshake would fail. */
export function checkServerTls(tls: unknown): void {
  checkTls(tls)
  if (tls === undefined) return
  const { cert, key, pfx, secureContext, SNICallback } = tls as Readonly<Record<string, unknown>>
  if (pfx !== undefined || secureContext !== undefined || SNICallback !== undefined || (key !== undefined && cert !== undefined)) return
  throw new InvalidArgumentError("tls", tls, "an object with key and cert (or pfx, or SNICallback), as for tls.createServer", 'right: { key: readFileSync("key.pem"), cert: readFileSync("cert.pem") }')
}

/** Who is told of errors. */
export function checkOnError(onError: unknown): void {
  if (onError !== undefined && typeof onError !== "function") throw new InvalidArgumentError("onError", onError, "a function (error, subject)")
}
