/** An evening in the chat: the server, and people who connect to it, in one program. */
import { named, System } from "@vivarium/actors"
import { type Routine, Scheduler } from "@vivarium/core"
import { connect, type Connection } from "@vivarium/net"
import { formatTree } from "@vivarium/supervision"
import { Directory } from "./directory.ts"
import { ChatServer } from "./server.ts"
import { chat } from "./service.ts"
import { byDefault } from "./settings.ts"

/** Somebody at a terminal. What they are told is printed when the story comes to it. */
class Person {
  readonly name: string
  readonly #connection: Connection

  constructor(name: string, connection: Connection) {
    this.name = name
    this.#connection = connection
  }

  *says(text: string): Routine {
    yield* this.#connection.write(`${text}\n`)
  }

  /** Prints what they are told next. */
  *reads(lines = 1): Routine {
    for (; lines > 0; lines--) this.#show(yield* this.#connection.readLine())
  }

  /** Talks, hearing their own words, until there is some news. */
  *talksUntilNews(): Routine {
    const words = "where flowers are and how they smell; ".repeat(25).trim()
    let heard: string | undefined
    do {
      yield* this.says(words)
      heard = yield* this.#connection.readLine()
    } while (heard === `${this.name}: ${words}`)
    this.#show(heard)
    // What was said last is still to be heard.
    yield* this.#connection.readLine()
  }

  /** Reads what has piled up, up to a line. */
  *skipsTo(line: string): Routine {
    while ((yield* this.#connection.readLine()) !== line);
    this.#show(`… ${line}`)
  }

  *hangsUp(): Routine {
    yield* this.#connection.reset()
  }

  #show(line: string | undefined): void {
    console.log(`${this.name.padEnd(4)} | ${line ?? "(the end)"}`)
  }
}

export async function demonstrate(): Promise<void> {
  // Slices that a busy machine makes long are no part of the story.
  const scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
  await scheduler.main(function* () {
    const settings = { ...byDefault, farewellMs: 10_000, crashes: true }
    const system = new System({ name: "chat", scheduler, log: false })
    const directory = new Directory(system, settings)
    const top = yield* system.start(chat(settings, directory))
    const server = named(ChatServer, "server", { system })
    const { port } = yield* server.call.address()

    function* enter(name: string): Routine<Person> {
      const person = new Person(name, yield* connect({ port }))
      yield* person.says(name)
      yield* person.reads(2)
      yield* person.says("/join bees")
      yield* person.reads(2)
      return person
    }

    console.log("-- Ada and Ben come in")
    const ada = yield* enter("Ada")
    const ben = yield* enter("Ben")
    yield* ada.reads()
    yield* ada.says("where are the flowers?")
    yield* ada.reads()
    yield* ben.reads()

    console.log("-- the room crashes: whoever is in it stays, and so do their connections")
    yield* ada.says("/crash")
    yield* ada.reads(2)
    yield* ben.reads()
    yield* ben.says("behind the hill")
    yield* ada.reads()
    yield* ben.reads()

    console.log("-- not everything can be said")
    yield* ben.says("\u001b[2J")
    yield* ben.reads()
    yield* ben.says("bees ".repeat(1_000))
    yield* ben.reads()

    console.log("-- Ben hangs up")
    yield* ben.hangsUp()
    yield* ada.reads()

    console.log("-- Cleo does not read, and Ada has much to say")
    const cleo = yield* enter("Cleo")
    yield* ada.reads()
    console.log(formatTree(top))
    yield* ada.talksUntilNews()
    yield* cleo.skipsTo("* You read too slowly. Good bye.")
    yield* cleo.reads()

    console.log("-- the chat closes")
    yield* system.stop()
    yield* ada.reads(2)
    console.log(`-- left are ${directory.members.count()} members, ${directory.rooms.count()} rooms and ${directory.seats.count()} seats`)
  })
}
