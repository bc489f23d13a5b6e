/** A reference model of a bounded mailbox: who is being handled, who is unread, and who waits for room. */
import type { Overflow } from "@vivarium/actors"

/** How something is sent. */
export type Way = "cast" | "send" | "call" | "waitingCast" | "waitingSend"

interface Item {
  readonly id: number
  readonly way: Way
  /** When its call gives up. */
  readonly until: number
}

const named = ({ id, way }: Item): string => `${way === "send" || way === "waitingSend" ? "message" : "work"} ${id}`

export class MailboxModel {
  /** The one that is being handled; its caller may have gone. */
  current: Item | null = null
  readonly unread: Item[] = []
  readonly room: Item[] = []
  readonly handled: number[] = []
  readonly letters: string[] = []
  /** What came of each, by number, for those who were told. */
  readonly outcomes = new Map<number, string>()
  /** Calls and waiting senders that have gone, or were told, before they were handled. */
  gone = 0
  dead = false
  lateReplies = 0
  private readonly capacity: number
  private readonly overflow: Overflow

  constructor(capacity: number, overflow: Overflow) {
    this.capacity = capacity
    this.overflow = overflow
  }

  add(item: Item): void {
    const { id, way } = item
    if (this.dead) {
      if (way === "call") this.fail(id, "noproc")
      else this.lose(item, "dead")
    } else if (this.unread.length < this.capacity) this.enter(item)
    else if (this.overflow === "dropOldest") {
      this.drop(this.unread.shift() as Item)
      this.enter(item)
    } else if (this.overflow === "suspend" && way !== "cast" && way !== "send") this.room.push(item)
    else if (way === "call") this.fail(id, this.overflow === "fail" ? "mailbox_full" : "dropped")
    else this.lose(item, this.overflow === "dropNewest" ? "dropped" : "full")
  }

  /** The method that runs comes to its end, and the next one begins. */
  finish(): void {
    const { current } = this
    if (current === null) return
    this.current = null
    if (current.way === "call") {
      if (this.outcomes.has(current.id)) this.lateReplies++
      else this.outcomes.set(current.id, "answer")
    }
    this.next()
  }

  pass(now: number): void {
    const all = [this.current, ...this.unread, ...this.room].filter((one): one is Item => one !== null)
    for (const item of all.toSorted((one, other) => one.until - other.until)) {
      if (item.until > now || this.outcomes.has(item.id)) continue
      this.outcomes.set(item.id, "timeout")
      this.leave(item.id)
    }
  }

  /** Whoever sent it is killed, if it still waits for an outcome. */
  kill(id: number): void {
    if (this.outcomes.has(id)) return
    this.outcomes.set(id, "killed")
    this.leave(id)
  }

  die(): void {
    if (this.dead) return
    this.dead = true
    const { current } = this
    this.current = null
    if (current?.way === "call") this.tell(current.id, "exit")
    for (const item of [...this.room.splice(0), ...this.unread.splice(0)]) {
      if (item.way === "call") this.fail(item.id, "exit")
      else this.lose(item, "unread")
    }
  }

  /** It is taken out of wherever it is still unread. */
  private leave(id: number): void {
    for (const list of [this.unread, this.room]) {
      const index = list.findIndex((item) => item.id === id)
      // A message that has come in stays there, whatever becomes of its sender.
      if (index === -1 || (list === this.unread && list[index]?.way !== "call")) continue
      list.splice(index, 1)
      this.gone++
      if (list === this.unread) this.admit()
    }
  }

  private enter(item: Item): void {
    this.unread.push(item)
    if (item.way !== "call") this.outcomes.set(item.id, "true")
    if (this.current === null) this.next()
  }

  private next(): void {
    const item = this.unread.shift()
    if (item === undefined) return
    this.current = item
    this.handled.push(item.id)
    this.admit()
  }

  private admit(): void {
    if (this.unread.length >= this.capacity) return
    const item = this.room.shift()
    if (item === undefined) return
    this.unread.push(item)
    if (item.way !== "call") this.outcomes.set(item.id, "true")
  }

  private drop(item: Item): void {
    if (item.way === "call") this.fail(item.id, "dropped")
    else this.lose(item, "dropped")
  }

  private lose(item: Item, why: string): void {
    this.letters.push(`${named(item)} ${why}`)
    this.tell(item.id, "false")
  }

  private fail(id: number, code: string): void {
    this.gone++
    this.tell(id, code)
  }

  private tell(id: number, outcome: string): void {
    if (!this.outcomes.has(id)) this.outcomes.set(id, outcome)
  }
}
