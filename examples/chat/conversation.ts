/**
 * What goes on with one connection, from the welcome to the good bye, read straight down: it is the body of the connection's tasklet. What is said here comes one
 * line after another, and each is dealt with before the next is read, so nobody can speak quicker than the room can tell.
 */
import { CallError, type CallFacade, ExitReason, type Ref } from "@vivarium/actors"
import type { Operation, Routine } from "@vivarium/core"
import { type Connection, ConnectionError } from "@vivarium/net"
import type { Directory } from "./directory.ts"
import type { Member } from "./member.ts"
import type { Room } from "./room.ts"
import type { ChatSettings } from "./settings.ts"
import { nextUtterance, type Utterance } from "./utterance.ts"

/** Where a conversation takes place. */
export interface House {
  readonly directory: Directory
  readonly settings: ChatSettings
  /** Happens when the chat closes. */
  readonly closing: Operation<void>
}

const NAME = /^[\w-]{1,20}$/
const WHAT_A_NAME_IS = "has 1 to 20 letters, digits, - or _."
/** Who has not found a name by then is no person. */
const ATTEMPTS = 5
/** A room that everybody leaves ends just when somebody comes; the next one is made for them. */
const ENTRIES = 3

/** The body of a connection's tasklet. */
export function* converse(connection: Connection, house: House): Routine {
  try {
    const found = yield* findName(connection, house)
    if (found === undefined) return
    const { member, name } = found
    try {
      yield* new Conversation(connection, house, member, name).run()
    } catch (error) {
      // Without its member a conversation is over, wherever it was.
      if (member.alive) throw error
    }
    member.exit(ExitReason.shutdown)
    // It may have a last word to say.
    yield* member.join()
  } catch (error) {
    // Somebody who goes away in the middle is no failure of ours.
    if (!(error instanceof ConnectionError)) throw error
  }
}

/** Asks for a name until there is one that nobody has. */
function* findName(connection: Connection, { closing, directory, settings }: House): Routine<{ readonly name: string; readonly member: Ref<Member> } | undefined> {
  yield* connection.write("* Welcome. What is your name?\n")
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const said = yield* nextUtterance(connection, { timeoutMs: settings.nameMs, maxBytes: settings.lineBytes, gone: null, closing })
    if (said.kind === "line" && NAME.test(said.text)) {
      const member = yield* directory.admit(said.text, connection)
      if (member !== undefined) return { name: said.text, member }
    }
    if (said.kind === "over") {
      if (said.why !== "") yield* connection.write(`* ${said.why} Good bye.\n`)
      return undefined
    }
    yield* connection.write(`* ${objectionTo(said)}\n`)
  }
  yield* connection.write("* Come back when you have one. Good bye.\n")
  return undefined
}

function objectionTo(said: Utterance): string {
  if (said.kind !== "line") return said.why
  return NAME.test(said.text) ? `Somebody here is called ${said.text} already. What is your name?` : `A name ${WHAT_A_NAME_IS}`
}

class Conversation {
  readonly #connection: Connection
  readonly #house: House
  readonly #member: Ref<Member>
  readonly #name: string

  constructor(connection: Connection, house: House, member: Ref<Member>, name: string) {
    this.#connection = connection
    this.#house = house
    this.#member = member
    this.#name = name
  }

  *run(): Routine {
    const { closing, settings } = this.#house
    const patience = { timeoutMs: settings.idleMs, maxBytes: settings.lineBytes, gone: this.#member.join(), closing }
    yield* this.#tell(`Hello ${this.#name}. There are /join room, /leave, /who and /quit. What does not begin with / is told to the room.`)
    for (;;) {
      const said = yield* nextUtterance(this.#connection, patience)
      if (said.kind === "refused") yield* this.#tell(said.why)
      else if (said.kind === "line") {
        if (!(yield* this.#obey(said.text))) return
      } else {
        if (said.why !== "") yield* this.#tell(`${said.why} Good bye.`)
        return
      }
    }
  }

  /** Says whether the conversation goes on. */
  *#obey(text: string): Routine<boolean> {
    // An empty line says that somebody is there.
    if (text === "") return true
    if (!text.startsWith("/")) {
      yield* this.#ask((room) => room.say(this.#member, text))
      return true
    }
    const [command, ...words] = text.split(/ +/)
    if (command === "/quit") {
      yield* this.#tell("Good bye.")
      return false
    }
    if (command === "/join") yield* this.#join(words.join(" "))
    else if (command === "/leave") yield* this.#leave()
    else if (command === "/who") yield* this.#who()
    else if (command === "/crash" && this.#house.settings.crashes) yield* this.#ask((room) => room.crash())
    else yield* this.#tell(`There is no ${command}, but /join room, /leave, /who and /quit.`)
    return true
  }

  *#join(name: string): Routine {
    if (!NAME.test(name)) return yield* this.#tell(`The name of a room ${WHAT_A_NAME_IS}`)
    if (this.#room !== undefined && !(yield* this.#leave())) return
    const members = yield* this.#enter(name)
    yield* this.#tell(members === undefined ? `${name} cannot be entered now. Please try again.` : `In ${this.#room} are ${members.join(", ")}.`)
  }

  /** Gives who is there. */
  *#enter(name: string): Routine<readonly string[] | undefined> {
    for (let attempt = 1; attempt <= ENTRIES; attempt++) {
      try {
        return yield* (yield* this.#roomCalled(name)).join(this.#name, this.#member)
      } catch (error) {
        if (!(error instanceof CallError)) throw error
      }
    }
    return undefined
  }

  *#leave(): Routine<boolean> {
    const name = this.#room
    const left = yield* this.#ask((room) => room.leave(this.#member))
    if (left) yield* this.#tell(`You have left ${name}.`)
    return left
  }

  *#who(): Routine {
    let members: readonly string[] = []
    function* look(room: CallFacade<Room>): Routine {
      members = yield* room.members()
    }
    if (yield* this.#ask(look)) yield* this.#tell(`In ${this.#room} are ${members.join(", ")}.`)
  }

  /** Asks the room in which they are; says whether it has answered. If not, they are told why. */
  *#ask(question: (room: CallFacade<Room>) => Operation<unknown> | Routine<unknown>): Routine<boolean> {
    const name = this.#room
    if (name === undefined) {
      yield* this.#tell("You are in no room. Please /join one first.")
      return false
    }
    try {
      yield* question(yield* this.#roomCalled(name))
      return true
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      yield* this.#tell(`${name} did not hear that, for it has crashed or is too busy. Please try again.`)
      return false
    }
  }

  *#roomCalled(name: string): Routine<CallFacade<Room>> {
    const { directory, settings } = this.#house
    return (yield* directory.room(name)).with({ timeoutMs: settings.answerMs }).call
  }

  get #room(): string | undefined {
    return this.#house.directory.roomOf(this.#member)
  }

  /** Waits until they have taken it, behind all that they were told before. */
  *#tell(text: string): Routine {
    yield* this.#member.with({ timeoutMs: Infinity }).call.hear(`* ${text}`)
  }
}
