// The rows of the testkit.

import { anyCount, type Workload } from "./workload.ts"

export const testkitWorkloads: readonly Workload[] = [
  {
    name: "schedules",
    operation: "one schedule of a supervision scenario of 53 switches, drawn at random, with all checks on",
    defaultSize: 10_000,
    sizes: anyCount,
    unit: "µs",
    load: async () => (await import("./workloads/testkit/schedules.ts")).schedules,
  },
  {
    name: "schedules-bound2",
    operation: "all schedules of that scenario with at most 2 delays (the size limits how many are run)",
    defaultSize: 1_000_000_000,
    sizes: anyCount,
    unit: "s",
    cold: true,
    load: async () => (await import("./workloads/testkit/schedules.ts")).boundTwo,
  },
  {
    name: "schedules-bound3",
    operation: "the same with at most 3 delays",
    defaultSize: 1_000_000_000,
    sizes: anyCount,
    unit: "s",
    cold: true,
    load: async () => (await import("./workloads/testkit/schedules.ts")).boundThree,
  },
  {
    name: "shrink",
    operation: "shrink a failing schedule of more than 200 choices off the shipped order to at most 12",
    defaultSize: 1,
    sizes: anyCount,
    unit: "s",
    cold: true,
    load: async () => (await import("./workloads/testkit/shrink.ts")).shrink,
  },
  {
    name: "day",
    operation: "simulate a second of 100 actors that tick once a second (the default is a day)",
    defaultSize: 86_400,
    sizes: anyCount,
    unit: "s",
    cold: true,
    load: async () => (await import("./workloads/testkit/day.ts")).day,
  },
]
