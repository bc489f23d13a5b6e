/** Options of TLS: Node's own, handed on. */
import type { ConnectionOptions, TlsOptions } from "node:tls"

/** What a server shows and asks for: `key` and `cert` at least. As for `tls.createServer`. */
export type ServerTls = TlsOptions

/** What a client trusts and shows; `true` for the defaults. As for `tls.connect`. */
export type ClientTls = true | Omit<ConnectionOptions, "host" | "port" | "path" | "socket">
