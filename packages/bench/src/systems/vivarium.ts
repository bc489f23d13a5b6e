import { workloads } from "../registry.ts"
import { packageRoot, type System } from "./system.ts"

/** This library: the command line itself with a NAME, in a process of the same Node with the same flags. */
export const vivarium: System = {
  id: "vivarium",
  title: "Vivarium",
  rows: new Set(workloads.map((workload) => workload.name)),
  prepare: async () => ({ ready: true, version: `Node ${process.version}` }),
  command: (row) => ({
    file: process.execPath,
    arguments: [...process.execArgv, `${packageRoot}src/cli.ts`, row],
  }),
}
