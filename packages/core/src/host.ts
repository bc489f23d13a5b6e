/**
 * What the library needs of its host, be it Node, a browser or a worker: macrotasks, a timer, a monotonic clock, and where
 * reports go. Reached through globals only, so that the package loads everywhere.
 */
interface HostGlobals {
  setImmediate?: (callback: () => void) => unknown
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
  performance?: { now(): number }
  MessageChannel?: new () => { port1: { onmessage: (() => void) | null }; port2: { postMessage(value: unknown): void } }
  console?: { warn(text: string): void }
  process?: { on?(event: "beforeExit", listener: () => void): unknown; off?(event: "beforeExit", listener: () => void): unknown }
}

const globals = globalThis as unknown as HostGlobals

let viaPort: ((callback: () => void) => void) | null = null

function portMacrotask(callback: () => void): void {
  if (viaPort === null) {
    const { port1, port2 } = new (globals.MessageChannel as NonNullable<HostGlobals["MessageChannel"]>)()
    const waiting: (() => void)[] = []
    port1.onmessage = () => waiting.shift()?.()
    viaPort = (one) => {
      waiting.push(one)
      port2.postMessage(0)
    }
  }
  viaPort(callback)
}

/** @internal */
export const host = {
  now(): number {
    return globals.performance === undefined ? Date.now() : globals.performance.now()
  },

  /** Runs a callback in a macrotask of its own, after pending I/O had its chance. */
  macrotask(callback: () => void): void {
    if (globals.setImmediate !== undefined) globals.setImmediate(callback)
    else if (globals.MessageChannel !== undefined) portMacrotask(callback)
    else globals.setTimeout(callback, 0)
  },

  /** Runs a callback after a delay; returns how to cancel that. */
  after(ms: number, callback: () => void): () => void {
    const handle = globals.setTimeout(callback, ms)
    return () => globals.clearTimeout(handle)
  },

  /** Calls back whenever the host has nothing left to do, where it can tell; returns how to stop that. */
  onIdle(callback: () => void): () => void {
    const { process } = globals
    if (typeof process?.on !== "function") return () => {}
    process.on("beforeExit", callback)
    return () => process.off?.("beforeExit", callback)
  },

  /** Raises an error as an unhandled rejection: by default that ends a Node process, and shows in a browser. */
  unhandled(error: unknown): void {
    void Promise.reject(error)
  },

  warn(text: string): void {
    globals.console?.warn(text)
  },
}
