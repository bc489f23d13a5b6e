// The rows of supervisors.

import { anyCount, type Workload } from "./workload.ts"

export const supervisionWorkloads: readonly Workload[] = [
  {
    name: "restart",
    operation: "one of 1,000 supervised actors ends with a reason that is no orderly one, and is restarted",
    defaultSize: 20_000,
    sizes: anyCount,
    unit: "µs",
    load: async () => (await import("./workloads/supervision/restart.ts")).restart,
  },
  {
    name: "restart-history",
    operation: "the same, ten times as often within the window",
    defaultSize: 200_000,
    sizes: anyCount,
    unit: "µs",
    load: async () => (await import("./workloads/supervision/restart.ts")).restart,
  },
  {
    name: "restart-error",
    variantOf: "restart",
    operation: "the same, but each throws an Error, whose making takes longer than the rest",
    defaultSize: 20_000,
    sizes: anyCount,
    unit: "µs",
    load: async () => (await import("./workloads/supervision/restart.ts")).restartError,
  },
  {
    name: "dynamic",
    operation: "start and stop one child of a dynamic supervisor",
    defaultSize: 200_000,
    sizes: anyCount,
    unit: "µs",
    load: async () => (await import("./workloads/supervision/dynamic.ts")).dynamic,
  },
]
