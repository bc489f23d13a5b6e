/** An evening in the chat, on virtual time. */
import { type Ref, Registry, StartError, System } from "@vivarium/actors"
import { type Operation, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { Room } from "./room.ts"
import { Session, type Terminal } from "./session.ts"

const scheduler = new Scheduler({ clock: new VirtualClock() })
const system = new System({ name: "chat", scheduler, log: false })
const rooms = new Registry<string, undefined, Room>({ keys: "unique", name: "rooms", system })

/** The room of that name, which is made for the first who asks. */
function roomOf(name: string): Ref<Room> {
  return rooms.whereis(name) ?? system.spawn(Room, { name: rooms.via(name) })
}

/** Lets somebody in. Who reads too slowly misses the oldest lines. */
function enter(room: string, name: string, terminal: Partial<Terminal> = {}): Operation<Ref<Session>> {
  const { msPerLine = 0, show = screen(name) } = terminal
  return system.start(Session, { args: [name, roomOf(room), { show, msPerLine }], mailbox: { capacity: 2, overflow: "dropOldest" } })
}

function screen(name: string): Terminal["show"] {
  return (text) => console.log(`${name.padEnd(4)} | ${text}`)
}

function typewriter(name: string): Terminal["show"] {
  return (text) => {
    if (text.includes("🐝")) throw new Error("a typewriter has no such letter")
    screen(name)(text)
  }
}

await scheduler.main(function* () {
  const ada = yield* enter("bees", "Ada")
  const ben = yield* enter("bees", "Ben", { show: typewriter("Ben") })
  yield* enter("bees", "Cleo", { msPerLine: 50 })
  try {
    yield* enter("bees", "Ada")
  } catch (error) {
    if (error instanceof StartError) console.log(`-- ${error.message}`)
  }
  yield* sleep(1000)

  console.log("-- Ada talks faster than Cleo reads")
  for (const text of ["bees dance", "in the dark", "on the comb", "to tell", "where flowers are"]) yield* ada.call.type(text)
  yield* sleep(1000)

  console.log("-- Ada sends what Ben's typewriter does not know")
  yield* ada.call.type("🐝")
  yield* sleep(1000)
  console.log(`-- Ben is ${ben.alive ? "there" : "gone"}, and in the room are ${(yield* roomOf("bees").call.members()).join(" and ")}`)

  yield* ada.stop()
  yield* sleep(1000)
  const said = yield* roomOf("bees").call.history(8)
  console.log(`-- what was said: ${said.map(({ text }) => text).join("; ")}`)
})
await system.stop()
