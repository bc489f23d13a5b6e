// The mails are really sent, over sockets: that is why these tests are slow.
import { type Channel, channel, main, type Routine, type Tasklet, tasklet, timeout, until } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { Mailer, visitSmtp } from "../../examples/services/smtp.ts"
import { SmtpSink } from "../../examples/services/smtp-sink.ts"
import { destroyed, SilentServer } from "./silent-server.ts"
import { turn } from "./turn.ts"

describe("mail through nodemailer", { timeout: 30_000 }, () => {
  interface Scene {
    /** Has one connection at most. */
    readonly mailer: Mailer
    readonly sink: SmtpSink
    /** The mails that have come. */
    readonly arrivals: Channel<string>
  }

  /** The sink takes mails at once, but those that it is to refuse, or cannot make up its mind about. In the end all that came must have been expected. */
  async function play(scene: (scene: Scene) => Routine): Promise<void> {
    const arrivals = channel<string>({ capacity: 100 })
    const sink = await SmtpSink.open((mail) => {
      arrivals.trySend(mail)
      if (mail.includes("refuse")) return Promise.reject(new Error("no, thanks"))
      return mail.includes("ponder") ? new Promise(() => {}) : Promise.resolve("thanks")
    })
    const mailer = new Mailer(sink.url, 1)
    await main(function* () {
      yield* scene({ mailer, sink, arrivals })
      expect(arrivals.length).toBe(0)
      mailer.close()
      yield* sink.close()
    })
  }

  it("reads straight down", () =>
    play(function* ({ arrivals, mailer }) {
      expect(yield* visitSmtp(mailer)).toBe("the mail to queen@example.org was taken: 250 thanks")
      expect(yield* arrivals.receive()).toContain("There is nectar.")
    }))

  it("keeps the connection for the next mail, also after one that was refused", () =>
    play(function* ({ arrivals, mailer, sink }) {
      expect(yield* sending(mailer, "one")).toBe("250 thanks")
      expect(yield* sending(mailer, "refuse this")).toContain("no, thanks")
      expect(yield* sending(mailer, "two")).toBe("250 thanks")
      expect(sink.accepted).toBe(1)
      for (const text of ["one", "refuse this", "two"]) expect(yield* arrivals.receive()).toContain(text)
    }))

  it("costs its connection if its tasklet is killed in the middle; the next mail is sent, and none twice", () =>
    play(function* ({ arrivals, mailer, sink }) {
      const sender = sending(mailer, "ponder this")
      expect(yield* arrivals.receive()).toContain("ponder this")
      sender.kill()
      yield* allClosed(sink)
      expect(yield* sending(mailer, "two")).toBe("250 thanks")
      expect(yield* arrivals.receive()).toContain("two")
      expect(sink.accepted).toBe(2)
    }))

  it("costs its connection if a time-out ends it in the middle", () =>
    play(function* ({ arrivals, mailer, sink }) {
      expect(yield* sending(mailer, "one")).toBe("250 thanks")
      expect(yield* sending(mailer, "ponder this", 50)).toContain("did not finish within 50 ms")
      yield* allClosed(sink)
      expect(yield* sending(mailer, "two")).toBe("250 thanks")
      // Whether it came in the time that it had is nobody's business here.
      const came = [yield* arrivals.receive(), yield* arrivals.receive()]
      if (arrivals.length > 0) came.push(yield* arrivals.receive())
      expect(came.at(0)).toContain("\r\none")
      expect(came.at(-1)).toContain("\r\ntwo")
    }))

  it("is not sent if its tasklet is killed while it waits for a connection", () =>
    play(function* ({ arrivals, mailer }) {
      const busy = sending(mailer, "ponder this")
      expect(yield* arrivals.receive()).toContain("ponder this")
      const second = sending(mailer, "never sent")
      const third = sending(mailer, "sent")
      yield* until(turn())
      second.kill()
      busy.kill()
      expect(yield* third).toBe("250 thanks")
      expect(yield* arrivals.receive()).toContain("\r\nsent")
    }))

  it("leaves no trace if its tasklet is killed while the server takes its time to greet", async () => {
    const server = await SilentServer.open()
    await main(function* () {
      const mailer = new Mailer(`smtp://127.0.0.1:${server.port}`)
      const sender = sending(mailer, "one")
      const visitor = yield* server.visitor()
      sender.kill()
      yield* until(destroyed(visitor))
      expect(visitor.writable).toBe(false)
      mailer.close()
      yield* server.close()
    })
  })

  it("fails, with the reason, if the server is not there", async () => {
    const server = await SilentServer.open()
    const { port } = server
    await main(function* () {
      yield* server.close()
      const mailer = new Mailer(`smtp://127.0.0.1:${port}`)
      expect(yield* sending(mailer, "one")).toContain("ECONNREFUSED")
      mailer.close()
    })
  })
})

/** A tasklet that sends a mail, and ends with what the server says, or what went wrong. */
function sending(mailer: Mailer, text: string, ms = Infinity): Tasklet<string> {
  return tasklet(function* () {
    try {
      const { response } = yield* timeout(ms, mailer.send({ from: "hive@example.org", to: "queen@example.org", subject: "Nectar", text }))
      return response
    } catch (error) {
      return String(error)
    }
  })
}

function* allClosed(sink: SmtpSink): Routine {
  while (sink.open > 0) yield* until(turn())
}
