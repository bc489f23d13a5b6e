/** A session: the actor that stands for one person in a room. */
import { Actor, type Ref, selfOf } from "@vivarium/actors"
import { sleep } from "@vivarium/core"
import type { Line, Room } from "./room.ts"

/** What somebody reads the room on. It may be slow, and it may fail. */
export interface Terminal {
  readonly show: (text: string) => void
  readonly msPerLine: number
}

export class Session extends Actor {
  #room!: Ref<Room>
  #terminal!: Terminal
  /** The number of the last line that was shown. */
  #shown: number | undefined

  /** Joins the room. If that fails, so does the session: there is none that is nowhere. */
  *init(name: string, room: Ref<Room>, terminal: Terminal) {
    this.#room = room
    this.#terminal = terminal
    yield* room.call.join(name, selfOf<Session>(this))
  }

  /** What the person types. */
  type(text: string) {
    this.#room.cast.say(text)
  }

  /** What happens in the room. A slow terminal holds up this session and nobody else; what its mailbox drops meanwhile is missed. */
  *hear({ number, text }: Line) {
    const missed = this.#shown === undefined ? 0 : number - this.#shown - 1
    if (missed > 0) yield* this.#show(`(${missed} missed)`)
    yield* this.#show(text)
    this.#shown = number
  }

  *#show(text: string) {
    yield* sleep(this.#terminal.msPerLine)
    this.#terminal.show(text)
  }
}
