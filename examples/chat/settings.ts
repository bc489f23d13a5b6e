/** What can be chosen about a chat, and what it is unless somebody chooses. */

export interface ChatSettings {
  readonly host: string
  /** 0 takes any port that is free. */
  readonly port: number
  /** How many lines wait for somebody who reads slowly. Who has not taken them when the next one comes is let go. */
  readonly outboxLines: number
  /** How long a line may be. */
  readonly lineBytes: number
  /** How long somebody may say nothing before they have a name, and then. An empty line is enough. */
  readonly nameMs: number
  readonly idleMs: number
  /** How long a room may take to answer. */
  readonly answerMs: number
  /** How long a farewell may take: of somebody who reads too slowly, and of everybody when the chat closes. */
  readonly farewellMs: number
  /** Whether /crash crashes a room: to see what happens then. */
  readonly crashes: boolean
}

export const byDefault: ChatSettings = {
  host: "127.0.0.1",
  port: 0,
  outboxLines: 100,
  lineBytes: 1_000,
  nameMs: 30_000,
  idleMs: 600_000,
  answerMs: 5_000,
  farewellMs: 2_000,
  crashes: false,
}
