/** Taking an address to listen on. */
import { action, InvalidArgumentError, type Routine } from "@vivarium/core"
import { checkCount } from "@vivarium/core/lowlevel"
import type { Server as NodeServer } from "node:net"
import { ConnectionError } from "./errors.ts"
import { hostAndPort } from "./host-and-port.ts"
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

/** An address to listen on, or with another lowest port one to connect to. */
export function checkAddress({ backlog, host, path, port }: Address, lowestPort = 0): void {
  if (path === undefined) checkPort(port, lowestPort)
  else if (port !== undefined) throw new InvalidArgumentError("path", path, "left out where there is a port")
  if (path !== undefined && (typeof path !== "string" || path === "")) throw new InvalidArgumentError("path", path, "the path of a Unix socket")
  if (host !== undefined && (typeof host !== "string" || host === "")) {
    const [what, hint] = lowestPort === 0 ? ["an address or name of this machine", 'right: "127.0.0.1", or "0.0.0.0" for all addresses'] : ["a name or an address", ""]
    throw new InvalidArgumentError("host", host, what, hint)
  }
  if (backlog !== undefined) checkCount("backlog", backlog, 1)
}

/** Waits until a Node server listens. If that is given up, be it at the last moment, `giveUp` ends the server and whoever has come already. */
export function* binding(node: NodeServer, address: Address, giveUp: () => void): Routine {
  const { backlog = BACKLOG, host = "127.0.0.1", path, port } = address
  let wanted = false
  try {
    yield* action((resolve, reject) => {
      const failed = (cause: Error): void => reject(listenError(address, cause))
      node.once("error", failed)
      node.listen(path === undefined ? { port, host, backlog } : { path, backlog }, () => resolve())
      return () => node.off("error", failed)
    })
    wanted = true
  } finally {
    if (!wanted) giveUp()
  }
}

/** Why it cannot be listened on an address. */
export function listenError({ host = "127.0.0.1", path, port }: Address, cause: Error): ConnectionError {
  const where = path ?? hostAndPort(host, port)
  return new ConnectionError("listen_failed", where, `cannot listen on ${where}: ${describe(cause)}.`, { cause })
}

function describe({ code, message }: Error & { readonly code?: string }): string {
  if (code === "EADDRINUSE") return "the address is in use"
  if (code === "EACCES") return "this process may not use it"
  return code ?? message
}
