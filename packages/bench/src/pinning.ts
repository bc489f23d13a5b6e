import { UsageError } from "./options.ts"
import { type Command, outputOf } from "./systems/system.ts"

export interface Pinning {
  /** Undefined where processes cannot be pinned. */
  readonly core: number | undefined
  apply(command: Command): Command
}

/** Wraps commands in taskset where it exists. What was asked for must be possible; a core that was not may go unheeded. */
export function pinning(asked: number | undefined, otherwise: number): Pinning {
  const core = asked ?? otherwise
  if (outputOf("taskset", "-c", String(core), "true") === undefined) {
    if (asked !== undefined) throw new UsageError(`taskset cannot pin to core ${asked} here; leave it out.`)
    return { core: undefined, apply: (command) => command }
  }
  return {
    core,
    apply: (command) => ({
      ...command,
      file: "taskset",
      arguments: ["-c", String(core), command.file, ...command.arguments],
    }),
  }
}
