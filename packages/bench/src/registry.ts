// Maps names to workloads. A package that comes later (net) adds its own list beside those that are there.

import { actorWorkloads } from "./actor-workloads.ts"
import { supervisionWorkloads } from "./supervision-workloads.ts"
import { testkitWorkloads } from "./testkit-workloads.ts"
import { anyCount, multipleOfTen, powerOfTen, type Workload } from "./workload.ts"

const coreWorkloads: readonly Workload[] = [
  {
    name: "pingpong",
    operation: "a round trip between two tasklets over unbuffered channels",
    defaultSize: 1_000_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/pingpong.ts")).pingpong,
  },
  {
    name: "ring",
    operation: "a hop of one token in a ring of 503 tasklets",
    defaultSize: 2_000_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/ring.ts")).ring,
  },
  {
    name: "spawn",
    operation: "create, start and finish one tasklet that returns at once",
    defaultSize: 1_000_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/spawn.ts")).spawn,
  },
  {
    name: "idle",
    operation: "one tasklet blocked on a receive from its own channel (bytes in place of ns)",
    defaultSize: 200_000,
    sizes: anyCount,
    unit: "bytes",
    load: async () => (await import("./workloads/idle.ts")).idle,
  },
  {
    name: "skynet",
    operation: "a leaf of a tree with 10 children a node, sums handed up through channels",
    defaultSize: 1_000_000,
    sizes: powerOfTen,
    unit: "ns",
    load: async () => (await import("./workloads/skynet.ts")).skynet,
  },
  {
    name: "fanin",
    operation: "a message from one of 10 senders to one receiver, unbuffered, preference none",
    defaultSize: 1_000_000,
    sizes: multipleOfTen,
    unit: "ns",
    load: async () => (await import("./workloads/fanin.ts")).fanin,
  },
  {
    name: "fanin-receiver",
    variantOf: "fanin",
    operation: "the same with preference receiver, the default of channel()",
    defaultSize: 1_000_000,
    sizes: multipleOfTen,
    unit: "ns",
    load: async () => (await import("./workloads/fanin.ts")).faninReceiver,
  },
  {
    name: "fanin-buffered",
    operation: "the same over a channel of capacity 100",
    defaultSize: 1_000_000,
    sizes: multipleOfTen,
    unit: "ns",
    load: async () => (await import("./workloads/fanin.ts")).faninBuffered,
  },
  {
    name: "ask",
    operation: "a call of one client to a server, through channels",
    defaultSize: 500_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/ask.ts")).ask,
  },
  {
    name: "sieve",
    operation: "a prime out of the concurrent sieve, preference none",
    defaultSize: 2_000,
    sizes: anyCount,
    unit: "µs",
    load: async () => (await import("./workloads/sieve.ts")).sieve,
  },
  {
    name: "sieve-receiver",
    variantOf: "sieve",
    operation: "the same with preference receiver",
    defaultSize: 2_000,
    sizes: anyCount,
    unit: "µs",
    load: async () => (await import("./workloads/sieve.ts")).sieveReceiver,
  },
  {
    name: "select",
    operation: "a select over two channels fed by one sender, preference none",
    defaultSize: 1_000_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/select.ts")).select,
  },
  {
    name: "select-receiver",
    variantOf: "select",
    operation: "the same with preference receiver",
    defaultSize: 1_000_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/select.ts")).selectReceiver,
  },
  {
    name: "timers",
    operation: "a sleep of random 1 to 1,000 ms, all at once (the table shows seconds for all of them)",
    defaultSize: 200_000,
    sizes: anyCount,
    unit: "s",
    load: async () => (await import("./workloads/timers.ts")).timers,
  },
  {
    name: "deep",
    operation: "a level of recursion by call(), one switch at the bottom",
    defaultSize: 1_000_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/deep.ts")).deep,
  },
]

/** All workloads, in the order of the table. */
export const workloads: readonly Workload[] = [...coreWorkloads, ...actorWorkloads, ...supervisionWorkloads, ...testkitWorkloads]

const byName: ReadonlyMap<string, Workload> = new Map(workloads.map((workload) => [workload.name, workload]))

export function findWorkload(name: string): Workload | undefined {
  return byName.get(name)
}
