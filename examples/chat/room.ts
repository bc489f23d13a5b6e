/**
 * A room: tells everybody in it what is said. Who sits there stands in a registry and not in here, so a room that has crashed knows everybody again when it is
 * back: it lets them know, and nobody has to come in once more.
 */
import { Actor, type ExitReason, isOrderly, type Monitor, type Ref, refuse, type Registry } from "@vivarium/actors"
import { type Routine, schedule } from "@vivarium/core"
import { lost, type Member, tooSlow } from "./member.ts"

interface Seat {
  readonly name: string
  readonly monitor: Monitor
}

/** How long a room waits for who has had it made. */
const PATIENCE_MS = 1_000
const LET_GO = "was let go, for reading too slowly"

export class Room extends Actor {
  #key!: string
  #seats!: Registry<string, string, Member>
  /** A monitor for each who sits here. */
  readonly #watched = new Map<Ref<Member>, Seat>()

  init(key: string, seats: Registry<string, string, Member>) {
    this.#key = key
    this.#seats = seats
    const sitting = seats.lookup(key)
    for (const { ref, value } of sitting) this.#watch(ref, value)
    if (sitting.length > 0) this.continueWith(() => this.#tell(`* ${key} has crashed, and is back. You are still in it.`))
    else this.setIdleTimeout(PATIENCE_MS)
  }

  /** Nobody has come. */
  info(_message: "timeout") {
    this.stop()
  }

  /** Lets somebody in; gives who is there now. To ask twice, since the first answer was late, does no harm. */
  *join(name: string, member: Ref<Member>): Routine<readonly string[]> {
    if (this.#watched.has(member)) return this.members()
    // It may have ended while this call was on its way.
    if (!member.alive) {
      this.#endIfEmpty()
      throw refuse(new Error(`${name} is gone`))
    }
    this.#seats.register(this.#key, name, { for: member })
    this.#watch(member, name)
    yield* this.#tell(`* ${name} has come in`)
    return this.members()
  }

  *leave(member: Ref<Member>): Routine {
    yield* this.#takeOut(member, "has left")
  }

  *say(member: Ref<Member>, text: string): Routine {
    const seat = this.#watched.get(member)
    if (seat === undefined) throw refuse(new Error("those who are not in the room cannot speak there"))
    yield* this.#tell(`${seat.name}: ${text}`)
  }

  members(): readonly string[] {
    return this.#seats.lookup(this.#key).map(({ value }) => value)
  }

  /** What a bug would do. */
  crash() {
    throw new Error("somebody has said /crash")
  }

  /** A member has ended. */
  *down(_monitor: Monitor, member: Ref<unknown> | string, reason: ExitReason): Routine {
    yield* this.#takeOut(member as Ref<Member>, reason === tooSlow ? LET_GO : reason === lost || !isOrderly(reason) ? "was cut off" : "has left")
  }

  #watch(member: Ref<Member>, name: string) {
    this.#watched.set(member, { name, monitor: this.monitor(member) })
  }

  /** Frees a seat, and tells those who stay. */
  *#takeOut(member: Ref<Member>, how: string): Routine {
    const seat = this.#watched.get(member)
    if (seat === undefined) return
    this.#watched.delete(member)
    this.demonitor(seat.monitor, { flush: true })
    this.#seats.unregister(this.#key, { for: member })
    if (!this.#endIfEmpty()) yield* this.#tell(`* ${seat.name} ${how}`)
  }

  #endIfEmpty(): boolean {
    const empty = this.#watched.size === 0
    if (empty) this.stop()
    return empty
  }

  /**
   * Casts never wait, so the room is as quick with slow members as with quick ones. Who has no room in the outbox is let go.
   *
   * Then it gives way, so that everybody can write what they were told before they are told more: else those who are quick would have full outboxes, too.
   */
  *#tell(text: string): Routine {
    // Of those who have ended by themselves, the monitor tells.
    const slow = this.#seats.lookup(this.#key).filter(({ ref }) => !ref.cast.hear(text) && ref.alive)
    yield* schedule()
    for (const { ref } of slow) {
      ref.exit(tooSlow)
      yield* this.#takeOut(ref, LET_GO)
    }
  }
}
