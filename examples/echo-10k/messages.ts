/** What the three processes tell each other. */

export type Protocol = "tcp" | "http"

/** What the server is asked to do. */
export type ServerTask =
  | { readonly do: "serve"; readonly protocol: Protocol }
  /** So many requests are answered together: none before the last one has come. */
  | { readonly do: "expect"; readonly requests: number }
  | { readonly do: "measure" }
  | { readonly do: "close" }

export interface ServerAnswers {
  readonly serve: { readonly port: number }
  readonly expect: undefined
  readonly measure: Measurement
  readonly close: undefined
}

/** What the server knows of itself. */
export interface Measurement {
  readonly connections: number
  /** The most requests that were under way at the same time, and how many tasklets were alive then. */
  readonly requests: number
  readonly tasklets: number
  readonly rssBytes: number
  /** What its process has computed until now. */
  readonly cpuMs: number
}

/** What the client is asked to do. */
export type ClientTask =
  | { readonly do: "open"; readonly protocol: Protocol; readonly port: number; readonly connections: number }
  /** All ask at once, so many times. */
  | { readonly do: "ask"; readonly together: boolean; readonly rounds: number }
  | { readonly do: "close" }

export interface ClientAnswers {
  readonly open: Outcome
  readonly ask: Outcome
  readonly close: undefined
}

export interface Outcome {
  readonly seconds: number
  /** How many of them have failed. */
  readonly errors: number
  /** Why one of them has. */
  readonly example: string | undefined
}
