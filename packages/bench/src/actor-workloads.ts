// The rows of actors. The rivals have them already; ours appear in `workloads` (src/registry.ts) with the bodies: each
// row here then gets its `load`, as in `coreWorkloads`, from a file in src/workloads/actors/.

import { anyCount, multipleOfTen, multipleOfTwoHundred, type Workload } from "./workload.ts"

export type ActorWorkload = Omit<Workload, "load">

export const actorWorkloads: readonly ActorWorkload[] = [
  {
    name: "ask-actors",
    operation: "a call of one client to an actor",
    defaultSize: 500_000,
    sizes: anyCount,
    unit: "ns",
  },
  {
    name: "pingpong-actors",
    operation: "a round trip between two actors by messages",
    defaultSize: 1_000_000,
    sizes: anyCount,
    unit: "ns",
  },
  {
    name: "fanin-actors",
    operation: "a message from one of 10 senders to one actor",
    defaultSize: 1_000_000,
    sizes: multipleOfTen,
    unit: "ns",
  },
  {
    name: "big",
    operation: "a ping of one of 200 actors to a random other, and its pong",
    defaultSize: 400_000,
    sizes: multipleOfTwoHundred,
    unit: "ns",
  },
  {
    name: "spawn-actors",
    operation: "create, start and finish one actor that ends at once",
    defaultSize: 1_000_000,
    sizes: anyCount,
    unit: "ns",
  },
  {
    name: "idle-actors",
    operation: "one actor that waits for its first message (bytes in place of ns)",
    defaultSize: 200_000,
    sizes: anyCount,
    unit: "bytes",
  },
  {
    name: "selective",
    operation: "a receive past SIZE unread messages that do not match, done 100 times",
    defaultSize: 100_000,
    sizes: anyCount,
    unit: "µs",
  },
  {
    name: "selective-call",
    operation: "a call from a process that has SIZE unread messages, done 100,000 times",
    defaultSize: 100_000,
    sizes: anyCount,
    unit: "ns",
  },
]
