// The questions are really asked, of a server in another process: that is why these tests are slow.
import { randomUUID } from "node:crypto"
import { call, Event, main, type Routine, tasklet, timeout, until } from "@vivarium/core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Session, visitXmpp } from "../../examples/services/xmpp.ts"
import { outcomeOf } from "./outcome-of.ts"
import { destroyed, SilentServer } from "./silent-server.ts"
import { describeWithServers } from "./with-servers.ts"

const GARDEN = "urn:vivarium:garden"

describeWithServers("xmpp through @xmpp/client", ["VIVARIUM_XMPP"], (address) => {
  // Two sessions of one user, for all tests: to log in takes long, on purpose.
  let bee: Session
  let flower: Session

  beforeAll(() =>
    main(function* () {
      bee = yield* Session.open(address, randomUUID())
      flower = yield* Session.open(address, randomUUID())
      flower.answer(GARDEN, "nectar", async () => "seven")
    }),
  )

  afterAll(() =>
    main(function* () {
      yield* bee.close()
      yield* flower.close()
    }),
  )

  interface Secret {
    /** To be asked for. */
    readonly name: string
    /** Set when the flower was asked for it. */
    readonly asked: Event
    /** Now it answers. */
    readonly tell: (text: string) => void
  }

  /** Something that the flower does not tell for a while. */
  function makeSecret(): Secret {
    const name = `secret-${randomUUID()}`
    const asked = new Event()
    const { promise, resolve } = Promise.withResolvers<string>()
    flower.answer(GARDEN, name, () => {
      asked.set()
      return promise
    })
    return { name, asked, tell: resolve }
  }

  /** Plays a scene, after which no question may be left. */
  function play(scene: (secret: Secret) => Routine): Promise<void> {
    return main(function* () {
      yield* scene(makeSecret())
      expect(bee.pending).toBe(0)
    })
  }

  it("reads straight down", async () => {
    await main(function* () {
      expect(yield* visitXmpp(address)).toMatch(/^bee@\S+ asked bee@\S+, who has seven units of nectar$/)
    })
  })

  it("raises what the other says is wrong", () =>
    play(function* () {
      expect(yield* outcomeOf(() => bee.ask(GARDEN, "thorns", flower.address))).toContain("service-unavailable")
    }))

  it("forgets the question of a tasklet that is killed in the middle; the session goes on", () =>
    play(function* (secret) {
      const caller = tasklet(() => bee.ask(GARDEN, secret.name, flower.address))
      yield* secret.asked.wait()
      expect(bee.pending).toBe(1)
      caller.kill()
      expect(bee.pending).toBe(0)
      // The answer that nobody waits for comes before the next one, and is nobody's.
      secret.tell("the bees")
      expect(yield* bee.ask(GARDEN, "nectar", flower.address)).toBe("seven")
      expect(bee.isOnline).toBe(true)
    }))

  it("forgets the question of a tasklet that is killed before it was sent", () =>
    play(function* (secret) {
      const caller = tasklet(() => bee.ask(GARDEN, secret.name, flower.address))
      caller.run()
      caller.kill()
      expect(yield* bee.ask(GARDEN, "nectar", flower.address)).toBe("seven")
    }))

  it("forgets a question after its time-out; the session goes on", () =>
    play(function* (secret) {
      expect(yield* outcomeOf(() => timeout(50, bee.ask(GARDEN, secret.name, flower.address)))).toContain("did not finish within 50 ms")
      expect(bee.pending).toBe(0)
      expect(yield* bee.ask(GARDEN, "nectar", flower.address)).toBe("seven")
    }))

  it("fails the questions that are under way when the connection is lost", () =>
    play(function* (secret) {
      const wasp = yield* Session.open(address, randomUUID())
      const caller = tasklet(outcomeOf, () => wasp.ask(GARDEN, secret.name, flower.address))
      yield* secret.asked.wait()
      wasp.cut()
      expect(yield* caller).toContain("the connection was lost")
      expect(wasp.isOnline).toBe(false)
    }))

  it("closes the connection of a log-in that is killed while the server takes its time to greet", async () => {
    const server = await SilentServer.open()
    await main(function* () {
      const caller = tasklet(() => Session.open(`xmpp://bee:honey@127.0.0.1:${server.port}/localhost`, "bee"))
      const visitor = yield* server.visitor()
      caller.kill()
      yield* until(destroyed(visitor))
      expect(visitor.writable).toBe(false)
      yield* server.close()
    })
  })

  it("refuses a wrong password", async () => {
    await main(function* () {
      expect(yield* outcomeOf(() => call(() => Session.open(address.replace("honey", "vinegar"), "bee")))).toContain("not-authorized")
    })
  })
})
