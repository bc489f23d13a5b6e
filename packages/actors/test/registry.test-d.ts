import { Actor, type GroupMonitor, Groups, type Process, type Ref, Registry, type RegistryChange, type RegistryEntry, type Via } from "@vivarium/actors"
import type { Operation } from "@vivarium/core"
import { describe, expectTypeOf, it } from "vitest"

class Room extends Actor {
  info(_message: "tick") {}
  *enter(guest: string) {
    return guest.length
  }
}
declare const rooms: Registry<string, number, Room>
declare const topics: Registry<symbol>
declare const room: Ref<Room>
declare const raw: Process<string>

describe("a registry", () => {
  it("knows its keys, its values and who is found in it", () => {
    expectTypeOf(rooms.lookup("red")).toEqualTypeOf<readonly RegistryEntry<number, Room>[]>()
    expectTypeOf(rooms.whereis("red")).toEqualTypeOf<Ref<Room> | undefined>()
    expectTypeOf(rooms.keys(room)).toEqualTypeOf<readonly string[]>()
    expectTypeOf(rooms.values("red")).toEqualTypeOf<readonly number[]>()
    expectTypeOf(rooms.updateValue("red", (value) => value + 1)).toEqualTypeOf<number>()
    expectTypeOf(rooms.via("red", 1)).toEqualTypeOf<Via>()
    expectTypeOf(rooms.dispatch("red", (entries) => entries.map(({ ref }) => ref.call.enter("Maya")))).toEqualTypeOf<Operation<number>[] | undefined>()
    rooms.select(({ key, value }) => key.length === value)
    rooms.listen((change) => expectTypeOf(change).toEqualTypeOf<RegistryChange<string, number, Room>>())
    rooms.listen(room)
    // @ts-expect-error a key is a string
    rooms.lookup(7)
    // @ts-expect-error a value is a number
    rooms.updateValue("red", () => "seven")
  })

  it("wants a value where undefined is none", () => {
    expectTypeOf(rooms.register("red", 7)).toEqualTypeOf<void>()
    rooms.register("red", 7, { for: room })
    topics.register(Symbol("news"))
    topics.register(Symbol("news"), { any: "value" }, { for: raw })
    // @ts-expect-error a number is needed
    rooms.register("red")
    // @ts-expect-error a number is needed
    rooms.via("red")
    new Registry<string, undefined>({ keys: "unique" }).via("red")
    // @ts-expect-error one of two kinds
    void new Registry({ keys: "several" })
  })

  it("lock gives what the body gives", () => {
    expectTypeOf(rooms.lock("any", () => 5)).toEqualTypeOf<Operation<number>>()
    expectTypeOf(rooms.lock("any", async () => "done")).toEqualTypeOf<Operation<string>>()
    expectTypeOf(rooms.lock(7, function* () { return yield* room.call.enter("Maya") })).toEqualTypeOf<Operation<number>>()
  })
})

describe("groups", () => {
  it("know their names and their members", () => {
    const groups = new Groups<string, Room>()
    expectTypeOf(groups.members("red")).toEqualTypeOf<readonly Ref<Room>[]>()
    expectTypeOf(groups.monitor("red")).toEqualTypeOf<GroupMonitor<readonly Ref<Room>[]>>()
    expectTypeOf(groups.monitorAll().members).toEqualTypeOf<ReadonlyMap<string, readonly Ref<Room>[]>>()
    groups.join("red", [room, raw])
    for (const member of groups.members("red")) member.send("tick")
    // @ts-expect-error a name is a string
    groups.join(7, room)
  })
})
