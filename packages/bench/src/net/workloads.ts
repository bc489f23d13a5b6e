// The workloads of `bench net`: what the client does to a server, and which rows of the tables come of it.

import type { Measurement } from "../measurement.ts"
import type { Row } from "../workload.ts"
import type { Taken } from "./driver.ts"
import type { ClientProcess, ServerProcess, Usage } from "./processes.ts"
import type { Protocol } from "./wire.ts"

/** A row for which a server is started. */
export interface ServedRow extends Row {
  readonly protocol: Protocol
}

export interface Sizes {
  /** Requests of a pass. */
  readonly requests: number
  /** Connections of `ten-thousand`. */
  readonly connections: number
}

/** A server that runs, with the client that is to drive it. */
export interface Run {
  readonly row: ServedRow
  readonly server: ServerProcess
  readonly port: number
  readonly client: ClientProcess
  readonly sizes: Sizes
}

export interface NetWorkload {
  readonly name: string
  /** For the help text. */
  readonly operation: string
  readonly served: readonly ServedRow[]
  /** The rows that are shown: the measurements are named after them. */
  readonly rows: readonly Row[]
  /**
   * How often a server is measured in each round. The servers of all systems are up at the same time and take turns, so that what disturbs
   * the machine falls on all; where memory is measured there is one pass, and one server at a time.
   */
  readonly passes: number
  warmUp(run: Run): Promise<void>
  measure(run: Run): Promise<readonly Measurement[]>
}

/** As many as keep one core of a server busy, and few enough for every backlog. */
const connectionsAtOnce = 64

const passes = 6

/** The first work of a server is compiled meanwhile; after so many loads it does not get faster any more. */
const warmUpLoads = 2

const roundsOfAll = 5

/** Connections that are kept, and send the next request when the last one was answered. */
function keptOpen(name: string, operation: string, served: readonly ServedRow[]): NetWorkload {
  const opened = ({ row, port }: Run) => ({ do: "open", protocol: row.protocol, port, connections: connectionsAtOnce }) as const
  return {
    name,
    operation,
    served,
    rows: served,
    passes,
    async warmUp(run) {
      await run.client.perform(opened(run))
      await run.client.measure({ do: "load", requests: warmUpLoads * run.sizes.requests })
      await run.client.perform({ do: "close" })
    },
    async measure(run) {
      await run.client.perform(opened(run))
      const before = await run.server.usage()
      const taken = await run.client.measure({ do: "load", requests: run.sizes.requests })
      const after = await run.server.usage()
      await run.client.perform({ do: "close" })
      return [timed(run.row.name, taken, before, after)]
    },
  }
}

/** A connection for each request. It costs several times as much as a request, so there are fewer of them. */
function connectClose(name: string, operation: string, served: readonly ServedRow[]): NetWorkload {
  const churn = ({ row, port, sizes }: Run, loads: number) => {
    const requests = Math.ceil((loads * sizes.requests) / 2)
    return { do: "churn", protocol: row.protocol, port, requests, connections: connectionsAtOnce } as const
  }
  return {
    name,
    operation,
    served,
    rows: served,
    passes,
    async warmUp(run) {
      await run.client.measure(churn(run, warmUpLoads))
    },
    async measure(run) {
      const before = await run.server.usage()
      const taken = await run.client.measure(churn(run, 1))
      return [timed(run.row.name, taken, before, await run.server.usage())]
    },
  }
}

/**
 * All connections at once: first they wait, then all are active, once each round. The memory is read when garbage is collected: after
 * opening (`-idle`), and after the rounds.
 */
function crowd(name: string, operation: string, served: readonly ServedRow[]): NetWorkload {
  const collectedUsage = async (server: ServerProcess): Promise<Usage> => {
    await server.collect()
    return server.usage()
  }
  return {
    name,
    operation,
    served,
    rows: served.flatMap((row) => [{ name: `${row.name}-idle`, unit: "bytes" }, row, { name: `${row.name}-active`, unit: "µs" }]),
    passes: 1,
    // The warm-up stays small: pages that a large one leaves behind would be used again and hide the growth.
    async warmUp({ row, port, client }) {
      await client.perform({ do: "open", protocol: row.protocol, port, connections: connectionsAtOnce })
      await client.measure({ do: "load", requests: 2_000 })
      await client.perform({ do: "close" })
    },
    async measure({ row, port, client, server, sizes: { connections } }) {
      const before = await collectedUsage(server)
      await client.perform({ do: "open", protocol: row.protocol, port, connections })
      const idle = await collectedUsage(server)
      const taken = await client.measure({ do: "rounds", rounds: roundsOfAll })
      const active = await server.usage()
      const kept = await collectedUsage(server)
      await client.perform({ do: "close" })
      return [
        held(`${row.name}-idle`, connections, before, idle),
        held(row.name, connections, before, kept),
        timed(`${row.name}-active`, taken, idle, active),
      ]
    },
  }
}

function timed(name: string, { seconds, requests, latency }: Taken, before: Usage, after: Usage): Measurement {
  const cpu = growth("cpu-us", before, after)
  const { p50, p90, p99, max } = latency
  const figures = { "cpu-ns": (cpu * 1_000) / requests, p50, p90, p99, max, "busy%": cpu / seconds / 1e4 }
  return {
    name,
    seconds,
    operations: requests,
    perOperation: (seconds * 1e9) / requests,
    peakMegabytes: after.get("peak") ?? Number.NaN,
    extra: new Map(Object.entries(figures).map(([key, value]) => [key, value.toFixed(1)])),
  }
}

/** V8's young generation is left out: it doubles up to a fixed size at moments of its own, whatever the number of connections. */
function held(name: string, connections: number, before: Usage, after: Usage): Measurement {
  const each = (key: string): number => growth(key, before, after) / connections
  const inHeap = after.has("live") ? ["young", "live"] : []
  return {
    name,
    seconds: 0,
    operations: connections,
    perOperation: each("rss") - each("young"),
    peakMegabytes: after.get("peak") ?? Number.NaN,
    extra: new Map(["rss", ...inHeap].map((key) => [key, each(key).toFixed(1)])),
  }
}

function growth(key: string, before: Usage, after: Usage): number {
  return (after.get(key) ?? 0) - (before.get(key) ?? 0)
}

export const netWorkloads: readonly NetWorkload[] = [
  keptOpen("hello-http", "a request over one of 64 connections that are kept, answered by 13 bytes", [
    { name: "hello-http", unit: "µs", protocol: "http" },
    { name: "hello-http-web", unit: "µs", protocol: "http", variantOf: "hello-http" },
  ]),
  keptOpen("echo", "64 bytes over one of 64 connections, and back", [
    { name: "echo", unit: "µs", protocol: "tcp" },
    { name: "echo-lines", unit: "µs", protocol: "tcp", variantOf: "echo" },
  ]),
  connectClose("connect-close", "connect, one request, close; 64 at a time, half as many as requests elsewhere", [
    { name: "connect-close-http", unit: "µs", protocol: "http" },
    { name: "connect-close-tcp", unit: "µs", protocol: "tcp" },
  ]),
  crowd("ten-thousand", "memory of each of 10,000 connections, and a request when all are active", [
    { name: "ten-thousand-tcp", unit: "bytes", protocol: "tcp" },
    { name: "ten-thousand-http", unit: "bytes", protocol: "http" },
  ]),
]
