/**
 * The reminder server: keeps no clock and no list of times. Each event is a process of its own, and whoever subscribes is told when one is due.
 *
 * It monitors both. A client that ends is forgotten; an event that crashes is reported to the clients, and no other event notices.
 */
import { Actor, type ExitReason, isOrderly, type Monitor, type Process, type Ref, refuse, selfOf } from "@vivarium/actors"
import { type Event, event, type Text } from "./event.ts"

/** What a client is sent. */
export type News = { readonly name: string; readonly text: string } | { readonly name: string; readonly failed: ExitReason }

export type Client = Ref<Process<News>>

export class Reminders extends Actor {
  readonly #clients = new Map<Monitor, Client>()
  readonly #events = new Map<string, Event>()

  /** From now on the client is told of every event that is due. Subscribing twice is the same as once. */
  subscribe(client: Client) {
    if ([...this.#clients.values()].includes(client)) return
    this.#clients.set(this.monitor(client), client)
  }

  add(name: string, inMs: number, text: Text) {
    if (this.#events.has(name)) throw refuse(new Error(`there is an event called "${name}" already`))
    const { ref } = this.spawnMonitor(event, { args: [selfOf<Reminders>(this), name, inMs, text], label: name })
    this.#events.set(name, ref)
  }

  /** Says whether there was such an event. If so, nobody will be told of it, even if it is due right now. */
  cancel(name: string): boolean {
    this.#events.get(name)?.send("cancel")
    return this.#events.delete(name)
  }

  /** What is still to come. */
  pending(): readonly string[] {
    return [...this.#events.keys()]
  }

  clients(): number {
    return this.#clients.size
  }

  /** An event is due. One that was cancelled, and perhaps added anew, is none of ours any more. */
  info(due: { readonly name: string; readonly text: string }) {
    if (this.#events.get(due.name) === this.sender) this.#tell(due)
  }

  /** A client or an event has ended. */
  down(monitor: Monitor, who: Ref<unknown> | string, reason: ExitReason) {
    if (this.#clients.delete(monitor)) return
    const [name] = [...this.#events].find(([, one]) => one === who) ?? []
    if (name === undefined) return
    this.#events.delete(name)
    if (!isOrderly(reason)) this.#tell({ name, failed: reason })
  }

  #tell(news: News) {
    for (const client of this.#clients.values()) client.send(news)
  }
}
