/** Taking an address to listen on. */
import { action, InvalidArgumentError, type Routine } from "@vivarium/core"
import type { Server as NodeServer } from "node:net"
import { ConnectionError } from "./errors.ts"
import { checkPort } from "./options.ts"

/** Where a server listens. */
export interface Address {
  /** A port; 0 takes any free one, which `server.port` tells. */
  readonly port?: number
  /** An address or name of this machine. Default "127.0.0.1": loopback only. "0.0.0.0" or "::" listen on all. */
  readonly host?: string
  /** The path of a Unix socket, instead of a port. */
  readonly path?: string
  /** How many connections the system keeps that were not accepted yet. Default 4,096, or what the system allows. */
  readonly backlog?: number
}

const BACKLOG = 4096

export function checkAddress({ host, path, port }: Address): void {
  if (path === undefined) checkPort(port, 0)
  else if (port !== undefined) throw new InvalidArgumentError("path", path, "left out where there is a port")
  if (path !== undefined && (typeof path !== "string" || path === "")) throw new InvalidArgumentError("path", path, "the path of a Unix socket")
  if (host !== undefined && (typeof host !== "string" || host === "")) throw new InvalidArgumentError("host", host, "an address or name of this machine", 'right: "127.0.0.1", or "0.0.0.0" for all addresses')
}

/** Waits until a Node server listens; it is closed again if that is given up, be it at the last moment. */
export function* binding(node: NodeServer, address: Address): Routine {
  const { backlog = BACKLOG, host = "127.0.0.1", path, port } = address
  const where = path ?? `${host}:${port}`
  let wanted = false
  try {
    yield* action((resolve, reject) => {
      const failed = (cause: Error & { readonly code?: string }): void =>
        reject(new ConnectionError("listen_failed", where, `cannot listen on ${where}: ${describe(cause)}.`, { cause }))
      node.once("error", failed)
      node.listen(path === undefined ? { port, host, backlog } : { path, backlog }, () => resolve())
      return () => node.off("error", failed)
    })
    wanted = true
  } finally {
    if (!wanted) node.close()
  }
}

function describe({ code, message }: Error & { readonly code?: string }): string {
  if (code === "EADDRINUSE") return "the address is in use"
  if (code === "EACCES") return "this process may not use it"
  return code ?? message
}
