import { schedule, sleep } from "@vivarium/core"
import { ExitReason, type Monitor, type Process } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, shown, unread } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

const die = ExitReason.custom("die")

describe("aliases", () => {
  it("A01: what is sent before unalias arrives, what comes later vanishes before the mailbox", async () => {
    await world.process(function* (self) {
      const alias = self.alias()
      const sent = [alias.send(1), alias.send(2), alias.unalias(), alias.send(3), alias.send(4), alias.unalias()]
      expect(sent).toEqual([true, true, true, false, false, false])
      expect(yield* unread(self)).toEqual([1, 2])
      expect(world.system.deadLetters.map(({ message }) => message)).toEqual([3, 4])
    })
  })

  it("with once, the first message turns it off (section 2.4)", async () => {
    await world.process(function* (self) {
      const alias = self.alias({ once: true })
      expect([alias.send(1), alias.send(2)]).toEqual([true, false])
      expect(yield* unread(self)).toEqual([1])
    })
  })

  it("can be sent by others, who are then the sender (section 2.4)", async () => {
    await world.process(function* (self) {
      const alias = self.alias()
      const other = self.spawn(() => void alias.send("hello"))
      expect([yield* self.receive(), self.sender === other]).toEqual(["hello", true])
    })
  })

  it("of a process that has ended are off (section 2.4)", async () => {
    await world.process(function* (self) {
      const aliases: { send(message: unknown): boolean }[] = []
      self.spawn((mine: Process) => void aliases.push(mine.alias()))
      yield* schedule()
      expect(aliases.map((alias) => alias.send("late"))).toEqual([false])
    })
  })

  it("an ordinary monitor is no address (section 2.4)", async () => {
    await world.process(function* (self) {
      const { monitor } = self.spawnMonitor(idle)
      expect([monitor.send("lost"), monitor.unalias(), yield* unread(self)]).toEqual([false, false, []])
    })
  })

  it("A03: of a monitor with the kind demonitor: after demonitor, messages are dropped", async () => {
    await world.process(function* (self) {
      const monitor = self.monitor(self.spawn(idle), { alias: "demonitor" })
      expect([monitor.send(1), self.demonitor(monitor), monitor.send(2), yield* unread(self)]).toEqual([true, true, false, [1]])
    })
  })

  it("A03: of that kind, its Down turns it off, too (section 2.4)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const monitor = self.monitor(ref, { alias: "demonitor" })
      self.signalExit(ref, die)
      yield* sleep(1)
      expect([monitor.send("late"), yield* unread(self)]).toEqual([false, [{ down: "die", from: String(ref) }]])
    })
  })

  it("of a monitor with the kind reply_demonitor: the first message ends alias and monitor (section 2.4)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const monitor = self.monitor(ref, { alias: "reply_demonitor" })
      expect([monitor.send("reply"), monitor.send("again"), monitor.active]).toEqual([true, false, false])
      self.signalExit(ref, die)
      yield* sleep(1)
      expect(yield* unread(self)).toEqual(["reply"])
    })
  })

  it("of that kind: a Down that comes first turns it off, so no reply comes late (section 2.4)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const monitor = self.monitor(ref, { alias: "reply_demonitor" })
      self.signalExit(ref, die)
      yield* sleep(1)
      expect([monitor.send("late"), yield* unread(self)]).toEqual([false, [{ down: "die", from: String(ref) }]])
    })
  })

  it.each(["explicit_unalias", "demonitor", "reply_demonitor"] as const)("of a monitor with the kind %s: unalias ends the address and leaves the monitor (section 2.4)", async (alias) => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const monitor = self.monitor(ref, { alias })
      expect([monitor.unalias(), monitor.send("lost"), monitor.unalias(), monitor.active]).toEqual([true, false, false, true])
      self.signalExit(ref, die)
      expect(shown(yield* self.receive())).toEqual({ down: "die", from: String(ref) })
    })
  })

  it("A06: of a monitor with the kind explicit_unalias stays on after the Down, and after demonitor, until unalias", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const monitor = self.monitor(ref, { alias: "explicit_unalias" })
      self.signalExit(ref, die)
      yield* sleep(1)
      self.demonitor(monitor)
      expect([monitor.send("still"), monitor.unalias(), monitor.send("lost")]).toEqual([true, true, false])
      expect(yield* unread(self)).toEqual([{ down: "die", from: String(ref) }, "still"])
    })
  })

  it("request and reply without late replies: a client that gives up drops its alias (section 2.4)", async () => {
    await world.process(function* (self) {
      const server = self.spawn(function* (mine: Process<Monitor>) {
        const client = yield* mine.receive()
        yield* sleep(100)
        expect(client.send("late")).toBe(false)
      })
      const monitor = self.monitor(server, { alias: "reply_demonitor" })
      server.send(monitor)
      yield* sleep(50)
      self.demonitor(monitor, { flush: true })
      yield* sleep(100)
      expect([server.alive, yield* unread(self)]).toEqual([false, []])
    })
  })
})
