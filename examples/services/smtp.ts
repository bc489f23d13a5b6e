/**
 * Mail through nodemailer.
 *
 * nodemailer takes an AbortSignal and has a pool of its own, so there is nothing to add: what `until` gives is passed on. A mail that is under
 * way when the signal is aborted costs its connection, one that still waits for a connection is taken out of the queue.
 * Whoever gives up cannot know whether the server has taken the mail: only a second one with the same Message-ID tells.
 */
import { type Operation, type Routine, until } from "@vivarium/core"
import { createTransport, type SendMailOptions, type SMTPPoolSentMessageInfo } from "nodemailer"

export class Mailer {
  readonly #transport

  /** The URL is `smtp://user:password@host:port`. */
  constructor(url: string, maxConnections = 4) {
    // Destroyed at once, without waiting for the server to close its side.
    this.#transport = createTransport({ url, pool: true, maxConnections, socketCloseTimeout: 0 })
  }

  send(mail: SendMailOptions): Operation<SMTPPoolSentMessageInfo> {
    return until((signal) => this.#transport.sendMail({ ...mail, signal }))
  }

  /** Closes the connections that are idle now, and the others when they are. */
  close(): void {
    this.#transport.close()
  }
}

export function* visitSmtp(mailer: Mailer): Routine<string> {
  const { accepted, response } = yield* mailer.send({ from: "hive@example.org", to: "queen@example.org", subject: "Nectar", text: "There is nectar." })
  return `the mail to ${String(accepted)} was taken: ${response}`
}
