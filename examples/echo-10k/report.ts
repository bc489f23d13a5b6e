/** The figures, for people. */
import { count, countOf } from "../bees-and-flowers/figures.ts"
import type { Measurement, Outcome, Protocol } from "./messages.ts"

/** What was measured of one protocol. */
export interface Figures {
  readonly protocol: Protocol
  readonly connections: number
  readonly rounds: number
  /** The server before there was a connection, with all of them after they were answered together, and after the rounds. */
  readonly before: Measurement
  readonly together: Measurement
  readonly after: Measurement
  readonly opened: Outcome
  readonly asked: Outcome
  readonly again: Outcome
}

const titles: Readonly<Record<Protocol, string>> = {
  tcp: "TCP: a tasklet for each connection, a line for each request",
  http: "HTTP: a tasklet for each request, on kept connections",
}

export function errorsIn({ again, asked, opened }: Figures): number {
  return opened.errors + asked.errors + again.errors
}

export function inWords(figures: Figures): string {
  const { after, again, asked, before, connections, opened, protocol, rounds, together } = figures
  const requests = connections * rounds
  const cpuMs = after.cpuMs - together.cpuMs
  const rows: readonly (readonly [what: string, figure: string, note: string])[] = [
    ["connections", count(together.connections), protocol === "tcp" ? `opened in ${seconds(opened)}` : "opened by the first requests"],
    ["at the same time", count(together.requests), `requests, none answered before the last had come; all were in ${seconds(asked)}`],
    ["tasklets alive", count(together.tasklets), "in the server, at that moment"],
    ["requests", count(requests), `then, ${countOf(rounds, "round")} of all at once, in ${seconds(again)}`],
    ["requests a second", count(requests / again.seconds), "client and server on this machine"],
    ["CPU of the server", `${count(cpuMs)} ms`, `${((cpuMs * 1000) / requests).toFixed(1)} µs a request`],
    ["RSS a connection", `${((together.rssBytes - before.rssBytes) / together.connections / 1024).toFixed(1)} KB`, "in the server"],
    ["errors", count(errorsIn(figures)), opened.example ?? asked.example ?? again.example ?? "every answer was checked"],
  ]
  return [titles[protocol], ...rows.map(([what, figure, note]) => `  ${what.padEnd(18)} ${figure.padStart(9)}  ${note}`)].join("\n")
}

function seconds({ seconds: value }: Outcome): string {
  return `${value.toFixed(2)} s`
}
