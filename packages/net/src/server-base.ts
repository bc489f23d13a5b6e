/**
 * What servers share: who is at work, and how they close.
 *
 * Invariants:
 * 1. `workers` holds those who serve somebody; each leaves it in its last act.
 * 2. `close` goes one way: stop accepting, let go who is idle, wait for the workers, kill those that are late, destroy what is left.
 */
import { type Body, Deferred, Event, InvalidArgumentError, type Operation, type Routine, type RunLoop, select, sleep, type Tasklet } from "@vivarium/core"
import { checkOptions } from "@vivarium/core/lowlevel"
import type { AddressInfo, Server as NodeServer, Socket } from "node:net"
import { Server as TlsServer } from "node:tls"
import { DEADLINE_MS } from "./limits.ts"
import { type Member, MemberList } from "./member-list.ts"
import { callOn } from "./owned.ts"

/** Options of a server's `close()`. */
export interface CloseOptions {
  /** How long those who are still served may go on. Default 10,000; 0 ends them at once, Infinity waits for all. */
  readonly deadlineMs?: number
}

/** One who serves somebody. */
export class Worker implements Member {
  place = -1
  tasklet: Tasklet | null = null
}

/** A connection that nobody serves. */
interface Stranger extends Member {
  readonly socket: Socket
}

/** A server that listens: what those of connections and those of HTTP have in common. */
export abstract class ServerBase {
  /** @internal */
  readonly loop: RunLoop
  private socketsGone = false
  private bound: AddressInfo | string | null = null
  /** @internal */
  protected readonly node: NodeServer
  private readonly workers = new MemberList<Worker>()
  /** Whether all that was left has been ended. */
  protected over = false
  /** Connections that nobody serves: of TLS before its handshake is done, and such as are only told to go away. */
  private readonly strangers = new MemberList<Stranger>()
  private readonly closingEvent: Event
  private readonly end: Deferred

  /** @internal */
  constructor(loop: RunLoop, node: NodeServer) {
    this.loop = loop
    this.node = node
    this.closingEvent = new Event(loop)
    this.end = new Deferred(loop)
    if (!(node instanceof TlsServer)) return
    node.on("connection", (socket: Socket) => this.endWithServer(socket))
    // Node tells that a handshake has failed or takes too long, and leaves the connection as it is.
    node.on("tlsClientError", (_error, socket) => socket.destroy())
  }

  /** @internal It listens now. */
  started(): void {
    const { loop, node } = this
    this.bound = node.address()
    // What listens can wake the loop at any time.
    loop.external++
    node.once("close", () => loop.ingress.accept({ enter: () => this.ended() }))
  }

  /** Whether it has got its address: an error before that is the one of who waits for it. */
  protected get listening(): boolean {
    return this.bound !== null
  }

  /** Where it listens, as Node tells it: an address and a port, or the path of a Unix socket. */
  get address(): AddressInfo | string {
    return this.bound ?? ""
  }

  /** The port it listens on; 0 on a Unix socket. */
  get port(): number {
    const { address } = this
    return typeof address === "string" ? 0 : address.port
  }

  /** The address it listens on, or the path of its Unix socket. */
  get host(): string {
    const { address } = this
    return typeof address === "string" ? address : address.address
  }

  /** Happens when `close()` begins: for handlers that would wait for a peer who is in no hurry. */
  get closing(): Operation<void> {
    return this.closingEvent.wait()
  }

  /** Happens when the server and all its connections are closed. */
  get closed(): Operation<void> {
    return this.end.wait()
  }

  /** Whether `close()` was called. */
  get isClosing(): boolean {
    return this.closingEvent.isSet
  }

  /**
   * Stops accepting, lets those who are served finish within `deadlineMs`, then kills their tasklets and destroys what is left. Waits until all is
   * done. Called again, it waits for the same end, and a shorter deadline counts; killed or timed out, it ends all at once. A handler that waits for a peer in no
   * hurry keeps it waiting: let it `select` over `closing`.
   */
  close(options: CloseOptions = {}): Operation<void> {
    checkOptions("options", options, ["deadlineMs"], "server.close({ deadlineMs: 5000 })")
    const { deadlineMs = DEADLINE_MS } = options
    if (typeof deadlineMs !== "number" || !(deadlineMs >= 0)) {
      throw new InvalidArgumentError("deadlineMs", deadlineMs, "a number of milliseconds, 0 or more, or Infinity to wait for all")
    }
    return callOn(this.loop, closing, this, deadlineMs)
  }

  /** Stops accepting, kills the tasklets of those who are served, and destroys their connections, at once. */
  destroy(): void {
    this.stop()
    this.endAll()
  }

  /** `using server = …` destroys it at the end of the block. */
  [Symbol.dispose](): void {
    this.destroy()
  }

  /** `await using server = …` closes it in order. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal Stops accepting, and lets go who is idle. */
  stop(): void {
    if (this.isClosing) return
    this.closingEvent.set()
    this.node.close()
    this.letIdleGo()
    for (const { socket } of this.strangers.toArray()) if (socket.bytesRead === 0 || socket.writableEnded) socket.destroy()
  }

  /** @internal Ends all that is left. */
  endAll(): void {
    this.over = true
    for (const { tasklet } of this.workers.toArray()) tasklet?.kill()
    this.destroyAll()
    for (const { socket } of this.strangers.toArray()) socket.destroy()
  }

  /** A connection that nobody serves, or nobody yet, must not outlive the server. */
  protected endWithServer(socket: Socket): void {
    const stranger: Stranger = { socket, place: -1 }
    this.strangers.add(stranger)
    socket.once("close", () => this.strangers.remove(stranger))
  }

  /**
   * Serves somebody in a tasklet. Its body's first act is a yield inside of its `try`, which is passed here: it may be killed before its first
   * slice, and must clean up then, too.
   */
  protected employ<S>(body: Body<[server: never, worker: Worker, subject: S]>, subject: S): void {
    const worker = new Worker()
    const tasklet = this.loop.create(body as Body<never> as Body, this, worker, subject)
    worker.tasklet = tasklet
    this.workers.add(worker)
    tasklet.generator?.next()
    this.loop.launch(tasklet)
  }

  /** @internal It has done its work. */
  dismiss(worker: Worker): void {
    this.workers.remove(worker)
    this.settle()
  }

  /** Closes the connections on which nobody is served. */
  protected abstract letIdleGo(): void

  /** Destroys all connections. */
  protected abstract destroyAll(): void

  /** Whether connections are left: Node tells the end of a server before that of its last sockets. */
  protected get hasConnections(): boolean {
    return false
  }

  /** Looks whether this was the last thing to end. */
  protected settle(): void {
    if (this.socketsGone && this.workers.size === 0 && !this.hasConnections) this.end.resolve()
  }

  private ended(): void {
    this.loop.external--
    // The sockets are gone; a tasklet may still be at its last words.
    this.socketsGone = true
    this.settle()
  }
}

function* closing(server: ServerBase, deadlineMs: number): Routine {
  try {
    server.stop()
    // What was answered may still be on its way out after its tasklet has ended: the end of all connections counts.
    if (deadlineMs > 0) yield* select({ closed: server.closed, late: deadlineMs === Infinity ? null : sleep(deadlineMs) })
  } finally {
    // Also if it is killed: who closes in a hurry is not left with half of it.
    server.endAll()
  }
  yield* server.closed
}
