/**
 * XMPP through @xmpp/client.
 *
 * A session is not lent but shared: it is who we are on that network, and each answer bears the id of its question. So a question that
 * nobody waits for any more is only forgotten, and the session goes on; an answer that comes later is dropped.
 * Only a log-in that nobody waits for any more costs the connection.
 */
import { randomUUID } from "node:crypto"
import type { Socket } from "node:net"
import { type Operation, type Routine, until } from "@vivarium/core"
import { type Client, client as createClient, xml } from "@xmpp/client"

/** The library sets a time limit of its own; this is the longest. */
const longestMs = 2 ** 31 - 1

export class Session {
  readonly #client: Client

  private constructor(url: string, resource: string) {
    const { host, password, pathname, username } = new URL(url)
    this.#client = createClient({ service: `xmpp://${host}`, domain: pathname.slice(1), resource, username, password })
    // One life: whoever supervises this starts another.
    this.#client.reconnect.stop()
    // What fails is told to those whose questions it answers.
    this.#client.on("error", () => {})
    this.#client.on("disconnect", () => this.#forgetAll())
  }

  /** Logs in. The URL is `xmpp://user:password@host:port/domain`. */
  static *open(url: string, resource: string): Routine<Session> {
    const session = new Session(url, resource)
    let isOnline = false
    try {
      yield* until(session.#client.start())
      isOnline = true
      return session
    } finally {
      if (!isOnline) session.cut()
    }
  }

  /** Our full address. */
  get address(): string {
    return String(this.#client.jid)
  }

  get isOnline(): boolean {
    return this.#client.status === "online"
  }

  /** How many questions of ours are not answered yet. */
  get pending(): number {
    return this.#client.iqCaller.handlers.size
  }

  /** Asks somebody, or our server. Gives the text of the answer, or raises what they say is wrong. */
  ask(namespace: string, name: string, to?: string): Operation<string> {
    return until(async (signal) => {
      const id = randomUUID()
      signal.addEventListener("abort", () => this.#forget(id, "nobody waits for it any more"), { once: true })
      const question = xml("iq", { type: "get", id, to }, xml(name, { xmlns: namespace }))
      const answer = await this.#client.iqCaller.request(question, longestMs)
      return answer.getChildText(name, namespace) ?? ""
    })
  }

  /** From now on answers questions of this kind. */
  answer(namespace: string, name: string, handler: () => Promise<string>): void {
    this.#client.iqCallee.get(namespace, name, async () => xml(name, { xmlns: namespace }, await handler()))
  }

  /** Logs out. */
  close(): Operation<unknown> {
    return until(() => this.#client.stop())
  }

  /** Without a goodbye. */
  cut(): void {
    ;(this.#client.socket as Socket | null)?.destroy()
  }

  #forget(id: string, reason: string): void {
    const pending = this.#client.iqCaller.handlers.get(id)
    if (pending === undefined) return
    this.#client.iqCaller.handlers.delete(id)
    // It may not have been sent yet, and then nobody looks after its promise.
    pending.promise.catch(() => {})
    pending.reject(new Error(reason))
  }

  #forgetAll(): void {
    for (const id of this.#client.iqCaller.handlers.keys()) this.#forget(id, "the connection was lost")
  }
}

export function* visitXmpp(url: string): Routine<string> {
  const bee = yield* Session.open(url, "bee")
  const flower = yield* Session.open(url, "flower")
  flower.answer("urn:garden", "nectar", async () => "seven")
  const nectar = yield* bee.ask("urn:garden", "nectar", flower.address)
  yield* flower.close()
  yield* bee.close()
  return `${bee.address} asked ${flower.address}, who has ${nectar} units of nectar`
}
