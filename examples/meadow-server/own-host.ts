/** Whom a request is for: a page of somebody else, whose name leads to our address, must not be served (DNS rebinding). */

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]

/** Whether a `host` header names this machine as we know it: loopback, the host that we were told, or the address that the client has connected to. */
export function isOwnHost(header: string | undefined, host: string, localAddress: string | undefined): boolean {
  const name = /^(\[[\da-f:.]+\]|[^\s:/?#@[\]\\]+)(:\d{1,5})?$/i.exec(header ?? "")?.[1]?.toLowerCase()
  if (name === undefined) return false
  return LOOPBACK.includes(name) || name === bracketed(host.toLowerCase()) || name === bracketed((localAddress ?? "").replace(/^::ffff:(?=\d+\.)/, ""))
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host
}
