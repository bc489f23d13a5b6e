/** An SMTP server that takes every mail and keeps none. */
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { type Operation, until } from "@vivarium/core"
import { SMTPServer } from "smtp-server"

/** Is asked about each mail that has come; what it says is the answer to the client, when it says it. */
export type Judge = (mail: string) => Promise<string>

export class SmtpSink {
  readonly #server: SMTPServer
  #accepted = 0
  #open = 0

  private constructor(judge: Judge) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["AUTH", "STARTTLS"],
      onConnect: (_session, answer) => {
        this.#accepted++
        this.#open++
        answer()
      },
      onClose: () => {
        this.#open--
      },
      onData: (stream, _session, answer) => {
        void stream.setEncoding("utf8").toArray().then((parts) => judge(parts.join(""))).then((word) => answer(null, word), answer)
      },
    })
    // A client that goes away in the middle of a mail is the client's business.
    this.#server.on("error", () => {})
  }

  /** On a free port. */
  static async open(judge: Judge): Promise<SmtpSink> {
    const sink = new SmtpSink(judge)
    sink.#server.listen(0, "127.0.0.1")
    await once(sink.#server.server, "listening")
    return sink
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`
  }

  /** How many connections there were in all. */
  get accepted(): number {
    return this.#accepted
  }

  /** How many there are now. */
  get open(): number {
    return this.#open
  }

  /** Takes no more connections, and waits until the last has gone. */
  close(): Operation<unknown> {
    return until(new Promise((resolve) => this.#server.close(() => resolve(undefined))))
  }
}
