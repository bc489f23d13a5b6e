// Drives a server from a fixed number of connections, each with one request on its way at most: a queue never grows, so the
// client measures the server and not itself. The first thing that goes wrong ends the work with an error.

import { type Percentiles, percentilesOf } from "./percentiles.ts"
import { type Protocol, Wire } from "./wire.ts"

export interface Taken {
  readonly seconds: number
  readonly requests: number
  readonly latency: Percentiles
}

/** How many connections are being opened at a time: less than any server's backlog. */
const openingAtOnce = 100

/** The latencies of one piece of work, and its end. */
class Work {
  readonly done: Promise<Taken>
  readonly #latencies: Float64Array
  readonly #begun = performance.now()
  #count = 0
  #resolve!: (taken: Taken) => void
  reject!: (error: Error) => void

  constructor(requests: number) {
    this.#latencies = new Float64Array(requests)
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.reject = reject
    })
  }

  /** Notes one request that was begun at `since`, and returns how many that makes. */
  note(since: number): number {
    const now = performance.now()
    this.#latencies[this.#count++] = (now - since) * 1_000
    if (this.#count === this.#latencies.length) {
      const seconds = (now - this.#begun) / 1_000
      this.#resolve({ seconds, requests: this.#count, latency: percentilesOf(this.#latencies) })
    }
    return this.#count
  }
}

/** Connections that are kept open. */
export class Crowd {
  readonly #protocol: Protocol
  readonly #port: number
  readonly #wires = new Set<Wire>()
  #replied: (wire: Wire) => void = () => {}
  #emptied: () => void = () => {}
  #failed: (error: Error) => void = () => {}
  #broken: Error | undefined

  constructor(protocol: Protocol, port: number) {
    this.#protocol = protocol
    this.#port = port
  }

  /** A connection of HTTP counts as open when it has had a request, for that is what makes it one that is kept. */
  async open(connections: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#failed = reject
      let begun = 0
      const begin = (): void => {
        begun++
        const events = {
          replied: (wire: Wire) => this.#replied(wire),
          closed: (wire: Wire) => this.#closed(wire),
          failed: (error: Error) => this.#fail(error),
        }
        new Wire(this.#protocol, this.#port, events, (wire) => {
          if (this.#protocol === "http") wire.send()
          else opened(wire)
        })
      }
      const opened = (wire: Wire): void => {
        this.#wires.add(wire)
        if (begun < connections) begin()
        else if (this.#wires.size === connections) resolve()
      }
      this.#replied = opened
      while (begun < Math.min(connections, openingAtOnce)) begin()
    })
  }

  /** Each connection sends its next request when the last one was answered. */
  async load(requests: number): Promise<Taken> {
    const work = this.#begin(requests)
    let left = requests
    const send = (wire: Wire): void => {
      if (left === 0) return
      left--
      wire.since = performance.now()
      wire.send()
    }
    this.#replied = (wire) => {
      work.note(wire.since)
      send(wire)
    }
    for (const wire of this.#wires) send(wire)
    return work.done
  }

  /** All connections send a request each; when all are answered, the next round begins. */
  async rounds(count: number): Promise<Taken> {
    const size = this.#wires.size
    const work = this.#begin(count * size)
    const round = (): void => {
      for (const wire of this.#wires) {
        wire.since = performance.now()
        wire.send()
      }
    }
    this.#replied = (wire) => {
      const noted = work.note(wire.since)
      if (noted % size === 0 && noted < count * size) round()
    }
    round()
    return work.done
  }

  async close(): Promise<void> {
    if (this.#wires.size === 0) return
    await new Promise<void>((resolve, reject) => {
      this.#emptied = resolve
      this.#failed = reject
      for (const wire of this.#wires) wire.finish()
    })
  }

  #closed(wire: Wire): void {
    this.#wires.delete(wire)
    if (this.#wires.size === 0) this.#emptied()
  }

  #begin(requests: number): Work {
    const work = new Work(requests)
    this.#failed = work.reject
    if (this.#broken !== undefined) work.reject(this.#broken)
    return work
  }

  #fail(error: Error): void {
    this.#broken = error
    this.#failed(error)
  }
}

/** Connects, sends one request, takes the reply and closes, over and over, on so many connections at a time. */
export async function churn(protocol: Protocol, port: number, requests: number, atOnce: number): Promise<Taken> {
  const work = new Work(requests)
  let left = requests
  const begin = (): void => {
    if (left === 0) return
    left--
    const since = performance.now()
    const events = {
      replied: () => {},
      closed: () => {
        work.note(since)
        begin()
      },
      failed: (error: Error) => work.reject(error),
    }
    new Wire(protocol, port, events, (wire) => wire.send(true))
  }
  for (let index = 0; index < atOnce; index++) begin()
  return work.done
}
