import type { Ref } from "@vivarium/actors"
import { Event, type Routine, sleep, type Tasklet, tasklet } from "@vivarium/core"
import { type Connection, pair, type PairOptions } from "@vivarium/net"
import { dynamicSupervisor, supervisor } from "@vivarium/supervision"
import { converse } from "../../examples/chat/conversation.ts"
import { Directory } from "../../examples/chat/directory.ts"
import type { Room } from "../../examples/chat/room.ts"
import { byDefault, type ChatSettings } from "../../examples/chat/settings.ts"
import { inVirtualWorld, type VirtualWorld } from "./virtual-world.ts"

/** The near side of a connection. */
export class Person {
  readonly connection: Connection
  /** The tasklet at the other side. */
  readonly served: Tasklet<void>

  constructor(connection: Connection, served: Tasklet<void>) {
    this.connection = connection
    this.served = served
  }

  *says(...lines: readonly string[]): Routine {
    for (const line of lines) yield* this.connection.write(`${line}\n`)
  }

  /** The next lines; undefined is the end. */
  *reads(count: number): Routine<readonly (string | undefined)[]> {
    const lines: (string | undefined)[] = []
    while (lines.length < count) lines.push(yield* this.connection.readLine())
    return lines
  }

  /** All lines that are there now. */
  *readsAll(): Routine<readonly string[]> {
    yield* sleep(1)
    const text = this.connection.statistics().unread === 0 ? "" : String(yield* this.connection.read())
    return text.split("\n").slice(0, -1)
  }

  /** All lines up to the end. */
  *readsToTheEnd(): Routine<readonly string[]> {
    const lines: string[] = []
    yield* this.connection.lines({ timeoutMs: Infinity }).each((line) => lines.push(line))
    return lines
  }
}

export interface Scene extends VirtualWorld {
  readonly directory: Directory
  readonly closing: Event
  /** Somebody connects. */
  readonly connects: (options?: PairOptions) => Person
  /** Connects, says their name, perhaps enters a room, and has read all of that. */
  readonly enters: (name: string, room?: string, options?: PairOptions) => Routine<Person>
  readonly roomOf: (name: string) => Ref<Room>
}

/** Plays a scene in the chat, in memory and on virtual time. */
export function inScene(settings: Partial<ChatSettings>, play: (scene: Scene) => Routine): Promise<void> {
  return inVirtualWorld(function* (world) {
    const all = { ...byDefault, crashes: true, ...settings }
    const directory = new Directory(world.system, all)
    const closing = new Event()
    const children = [dynamicSupervisor({ id: "members", name: "members" }), dynamicSupervisor({ id: "rooms", name: "rooms" })]
    yield* world.system.start(supervisor({ children }))
    const house = { directory, settings: all, closing: closing.wait() }

    function* serve(connection: Connection): Routine {
      try {
        yield* converse(connection, house)
        yield* connection.close()
      } finally {
        connection.destroy()
      }
    }
    function connects(options?: PairOptions): Person {
      const [near, far] = pair({ idleMs: Infinity, ...options })
      return new Person(near, tasklet(serve, far))
    }
    function* enters(name: string, room?: string, options?: PairOptions): Routine<Person> {
      const person = connects(options)
      yield* person.says(name)
      yield* person.reads(2)
      if (room === undefined) return person
      yield* person.says(`/join ${room}`)
      yield* person.reads(2)
      return person
    }
    function roomOf(name: string): Ref<Room> {
      return directory.rooms.whereis(name) as Ref<Room>
    }
    yield* play({ ...world, directory, closing, connects, enters, roomOf })
  })
}
