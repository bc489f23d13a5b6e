/**
 * The directory: who is found where. Registries are plain objects, so nothing in here can crash, and what stands in them outlives the rooms: who sits
 * in which one, above all. Who ends, killed or not, stands nowhere any more.
 */
import { named, type Ref, Registry, StartError, type System } from "@vivarium/actors"
import type { Routine } from "@vivarium/core"
import type { Connection } from "@vivarium/net"
import { child, DynamicSupervisor, type DynamicSupervisorRef } from "@vivarium/supervision"
import { Member } from "./member.ts"
import { Room } from "./room.ts"
import type { ChatSettings } from "./settings.ts"

/** Two names that differ in case alone are the same. */
function keyOf(name: string): string {
  return name.toLowerCase()
}

export class Directory {
  readonly #settings: ChatSettings
  /** Those who have a name. */
  readonly members: Registry<string, undefined, Member>
  readonly rooms: Registry<string, undefined, Room>
  /** Who sits in which room, and is called what there. */
  readonly seats: Registry<string, string, Member>
  readonly #memberSupervisor: DynamicSupervisorRef
  readonly #roomSupervisor: DynamicSupervisorRef

  constructor(system: System, settings: ChatSettings) {
    this.#settings = settings
    this.members = new Registry({ keys: "unique", name: "members", system })
    this.rooms = new Registry({ keys: "unique", name: "rooms", system })
    this.seats = new Registry({ keys: "duplicate", name: "seats", system })
    this.#memberSupervisor = named(DynamicSupervisor, "members", { system })
    this.#roomSupervisor = named(DynamicSupervisor, "rooms", { system })
  }

  /** Gives somebody a name; undefined if it is taken. */
  *admit(name: string, connection: Connection): Routine<Ref<Member> | undefined> {
    const { farewellMs, outboxLines } = this.#settings
    const spec = child(Member, {
      name: this.members.via(keyOf(name)),
      restart: "temporary",
      args: [connection, farewellMs],
      // The mailbox is the outbox: what is for somebody who reads slowly waits there.
      mailbox: { capacity: outboxLines },
    })
    try {
      return yield* this.#memberSupervisor.startChild(spec)
    } catch (error) {
      if (error instanceof StartError && error.code === "already_started") return undefined
      throw error
    }
  }

  /** The room of that name, which is made for the first who asks. */
  *room(name: string): Routine<Ref<Room>> {
    const key = keyOf(name)
    const there = this.rooms.whereis(key)
    if (there !== undefined) return there
    try {
      // A room that crashes comes back; one that ends because it is empty does not.
      return yield* this.#roomSupervisor.startChild(child(Room, { name: this.rooms.via(key), restart: "transient", args: [key, this.seats] }))
    } catch (error) {
      // Somebody was quicker, be it the supervisor who has brought it back.
      if (error instanceof StartError && error.code === "already_started") return error.ref as Ref<Room>
      throw error
    }
  }

  /** Where somebody sits. */
  roomOf(member: Ref<Member>): string | undefined {
    return this.seats.keys(member)[0]
  }
}
