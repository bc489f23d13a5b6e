/** A room: an actor that knows who is there and what was said. */
import { Actor, type ExitReason, isOrderly, type Monitor, type Ref, refuse } from "@vivarium/actors"
import type { Session } from "./session.ts"

/** Something that was said, or has happened, in a room. Numbers have no gaps, so who has missed something can tell. */
export interface Line {
  readonly number: number
  readonly text: string
}

interface Member {
  readonly name: string
  readonly session: Ref<Session>
}

const REMEMBERED = 100

export class Room extends Actor {
  readonly #members = new Map<Monitor, Member>()
  readonly #history: Line[] = []
  #number = 0

  /** Lets a session in. To leave, it has only to end. */
  join(name: string, session: Ref<Session>) {
    if (this.members().includes(name)) throw refuse(new Error(`somebody here is called ${name} already`))
    this.#members.set(this.monitor(session), { name, session })
    this.#tell(`${name} has come in`)
  }

  /** Says something in the name of the session that calls: nobody can speak for another one. */
  say(text: string) {
    const speaker = [...this.#members.values()].find(({ session }) => session === this.sender)
    if (speaker === undefined) throw refuse(new Error("those who are not in the room cannot speak there"))
    this.#tell(`${speaker.name}: ${text}`)
  }

  members(): readonly string[] {
    return [...this.#members.values()].map(({ name }) => name)
  }

  /** What was said last, behind a number. */
  history(behind = 0): readonly Line[] {
    return this.#history.filter(({ number }) => number > behind)
  }

  /** A session has ended: by itself, or because its line was cut. */
  down(monitor: Monitor, _session: Ref<unknown> | string, reason: ExitReason) {
    const member = this.#members.get(monitor)
    if (member === undefined) return
    this.#members.delete(monitor)
    this.#tell(`${member.name} ${isOrderly(reason) ? "has left" : "was cut off"}`)
  }

  /** Casts never wait, so the room is as quick with a hundred slow members as with none. */
  #tell(text: string) {
    const line = { number: ++this.#number, text }
    this.#history.push(line)
    if (this.#history.length > REMEMBERED) this.#history.shift()
    for (const { session } of this.#members.values()) session.cast.hear(line)
  }
}
