// Real sockets on loopback, with clients and server in one process. A thousand of them take a moment.
import { ExitReason, named, type Ref, System } from "@vivarium/actors"
import { Barrier, Event, group, type Routine, Scheduler, sleep } from "@vivarium/core"
import { connect, type Connection, listen } from "@vivarium/net"
import type { SupervisorRef } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { Directory } from "../../examples/chat/directory.ts"
import { ChatServer } from "../../examples/chat/server.ts"
import { chat } from "../../examples/chat/service.ts"
import { byDefault, type ChatSettings } from "../../examples/chat/settings.ts"
import { descriptorLimits } from "../../examples/echo-10k/descriptors.ts"

interface Scene {
  readonly top: SupervisorRef
  readonly system: System
  readonly directory: Directory
  readonly server: Ref<ChatServer>
  /** Connects and says a name; has read the greeting. */
  readonly enters: (name: string) => Routine<Connection>
}

/** Runs a chat, which must leave nothing open. */
async function inChat(settings: Partial<ChatSettings>, play: (scene: Scene) => Routine): Promise<void> {
  const scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
  const system = new System({ name: "chat", scheduler, log: false })
  await scheduler.main(function* () {
    const all = { ...byDefault, crashes: true, ...settings }
    const directory = new Directory(system, all)
    const top = yield* system.start(chat(all, directory))
    const server = named(ChatServer, "server", { system })
    function* enters(name: string): Routine<Connection> {
      // It may be about to come back.
      while (!server.alive) yield* sleep(0)
      const { port } = yield* server.with({ timeoutMs: Infinity }).call.address()
      const connection = yield* connect({ port, timeoutMs: Infinity })
      yield* connection.write(`${name}\n`)
      yield* readTo(connection, `* Hello ${name}`)
      return connection
    }
    yield* play({ top, system, directory, server, enters })
    yield* system.stop()
    expect([directory.members.count(), directory.rooms.count(), directory.seats.count()]).toEqual([0, 0, 0])
  })
  expect(system.statistics().processes).toBe(0)
  expect(scheduler.statistics()).toMatchObject({ runnable: 0, timers: 0, external: 0, ingress: 0 })
  expect(process.getActiveResourcesInfo().filter((kind) => kind.startsWith("TCP"))).toEqual([])
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = await listen({ port: 0 }, function* () {})
  await server.close()
  return server.port
}

/** Reads up to a line that begins so; gives what came before it. */
function* readTo(connection: Connection, begin: string): Routine<readonly string[]> {
  const before: string[] = []
  for (;;) {
    const line = yield* connection.readLine()
    if (line === undefined) throw new Error(`the end came, and no ${begin}, but ${before.join(" | ")}`)
    if (line.startsWith(begin)) return before
    before.push(line)
  }
}

function* readToTheEnd(connection: Connection): Routine<readonly string[]> {
  const lines: string[] = []
  yield* connection.lines().each((line) => lines.push(line))
  return lines
}

const IN_A_ROOM = 10
const LINES = 3
/** Each client takes two descriptors: its own, and the server's. */
const crowd = Math.min(100, Math.floor((descriptorLimits().soft - 200) / 2 / IN_A_ROOM)) * IN_A_ROOM

/** The ways to leave. */
const leavings: readonly ((connection: Connection) => Routine)[] = [
  function* (connection) {
    yield* connection.write("/quit\n")
    expect((yield* readToTheEnd(connection)).at(-1)).toBe("* Good bye.")
  },
  function* (connection) {
    yield* connection.end()
    yield* readToTheEnd(connection)
  },
  function* (connection) {
    yield* connection.write("/leave\n/join elsewhere\n/who\n/quit\n")
    yield* readTo(connection, "* You have left")
    yield* readTo(connection, "* In elsewhere are")
    yield* readToTheEnd(connection)
  },
  function* (connection) {
    yield* connection.reset()
  },
]

describe("the chat server", () => {
  it(`serves ${crowd} clients who come, talk and leave: each hears everybody, in the order in which they speak, and nothing is left`, { timeout: 60_000 }, () =>
    inChat({ nameMs: Infinity, answerMs: Infinity }, function* ({ directory, enters, server, system }) {
      const everybody = new Barrier(crowd)
      function* visit(number: number): Routine {
        const name = `bee-${number}`
        const room = `flower-${number % (crowd / IN_A_ROOM)}`
        const connection = yield* enters(name)
        yield* connection.write(`/join ${room}\n`)
        yield* readTo(connection, `* In ${room} are`)
        yield* everybody.wait()
        for (let line = 0; line < LINES; line++) yield* connection.write(`line ${line}\n`)
        const heard = new Map<string, string[]>()
        for (let line = 0; line < IN_A_ROOM * LINES; ) {
          const [speaker = "", text = ""] = ((yield* connection.readLine()) ?? "").split(": ")
          if (text === "") continue
          heard.set(speaker, [...(heard.get(speaker) ?? []), text])
          line++
        }
        expect(heard.size).toBe(IN_A_ROOM)
        for (const lines of heard.values()) expect(lines).toEqual(["line 0", "line 1", "line 2"])
        yield* everybody.wait()
        yield* leavings[number % leavings.length]!(connection)
        yield* connection.close()
      }
      const allGone = new Event()
      directory.members.listen(({ kind }) => {
        if (kind === "unregister" && directory.members.count() === 0) allGone.set()
      })
      yield* group(function* (bees) {
        for (let number = 0; number < crowd; number++) bees.spawn(visit, number)
      })
      yield* allGone.wait()
      while ((yield* server.call.statistics()).connections > 0) yield* sleep(0)
      expect(yield* server.call.statistics()).toMatchObject({ accepted: crowd, connections: 0, rejected: 0, failed: 0 })
      while (directory.rooms.count() > 0) yield* sleep(0)
      // The supervisors and the server.
      expect(system.statistics()).toMatchObject({ processes: 4, crashed: 0 })
    }))

  it("outlives a kill of the actor that owns it: all connections end, and the new one listens on the same port", async () => {
    const port = await freePort()
    await inChat({ port }, function* ({ directory, enters, system, top }) {
      const ada = yield* enters("Ada")
      system.whereis("server")?.exit(ExitReason.kill)
      expect(yield* readToTheEnd(ada)).toEqual(["* The chat closes. Good bye."])
      const ben = yield* enters("Ben")
      expect(directory.members.select().map(({ key }) => key)).toEqual(["ben"])
      expect(top.tree().restarts).toBe(1)
      yield* ben.close()
    })
  })

  it("begins anew when rooms crash again and again: connections end, and new ones are served", async () => {
    const port = await freePort()
    await inChat({ port }, function* ({ directory, enters, top }) {
      const ada = yield* enters("Ada")
      yield* ada.write(`/join bees\n${"/crash\n".repeat(25)}`)
      expect((yield* readToTheEnd(ada)).at(-1)).toBe("* The chat closes. Good bye.")
      const ben = yield* enters("Ben")
      yield* ben.write("/join bees\n")
      yield* readTo(ben, "* In bees are Ben.")
      expect(directory.members.select().map(({ key }) => key)).toEqual(["ben"])
      expect(top.tree().restarts).toBe(1)
      yield* ben.close()
    })
  })
})
