// The rows of actors.

import { anyCount, multipleOfTen, multipleOfTwoHundred, type Workload } from "./workload.ts"

export const actorWorkloads: readonly Workload[] = [
  {
    name: "ask-actors",
    operation: "a call of one client to an actor",
    defaultSize: 500_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/actors/ask.ts")).askActors,
  },
  {
    name: "pingpong-actors",
    operation: "a round trip between two actors by messages",
    defaultSize: 1_000_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/actors/pingpong.ts")).pingpongActors,
  },
  {
    name: "fanin-actors",
    operation: "a message from one of 10 senders to one actor",
    defaultSize: 1_000_000,
    sizes: multipleOfTen,
    unit: "ns",
    load: async () => (await import("./workloads/actors/fanin.ts")).faninActors,
  },
  {
    name: "big",
    operation: "a ping of one of 200 actors to a random other, and its pong",
    defaultSize: 400_000,
    sizes: multipleOfTwoHundred,
    unit: "ns",
    load: async () => (await import("./workloads/actors/big.ts")).big,
  },
  {
    name: "spawn-actors",
    operation: "create, start and finish one actor that ends at once",
    defaultSize: 1_000_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/actors/spawn.ts")).spawnActors,
  },
  {
    name: "idle-actors",
    operation: "one actor that waits for its first message (bytes in place of ns)",
    defaultSize: 200_000,
    sizes: anyCount,
    unit: "bytes",
    load: async () => (await import("./workloads/actors/idle.ts")).idleActors,
  },
  {
    name: "selective",
    operation: "a receive past SIZE unread messages that do not match, done 100 times",
    defaultSize: 100_000,
    sizes: anyCount,
    unit: "µs",
    load: async () => (await import("./workloads/actors/selective.ts")).selective,
  },
  {
    name: "selective-call",
    operation: "a call from a process that has SIZE unread messages, done 500,000 times",
    defaultSize: 100_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/actors/selective.ts")).selectiveCall,
  },
  {
    name: "selective-call-empty",
    variantOf: "selective-call",
    operation: "the same with nothing unread",
    defaultSize: 100_000,
    sizes: anyCount,
    unit: "ns",
    load: async () => (await import("./workloads/actors/selective.ts")).selectiveCallEmpty,
  },
]
