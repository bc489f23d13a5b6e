/** What can be asked of a partition supervisor beside what every supervisor can do. */
import { InvalidArgumentError } from "@vivarium/core"
import type { Routine } from "@vivarium/core"
import { begin, terminateChild } from "./admin.ts"
import type { Child } from "./child.ts"
import type { ChildSpec } from "./child-spec.ts"
import { SupervisorError } from "./errors.ts"
import type { Settings } from "./settings.ts"
import type { Supervision } from "./supervision.ts"

/** What a partition supervisor does when a child ends; `children` has the specs of all partitions that there can be. */
export interface PartitionSettings extends Settings {
  /** How many partitions there are now. */
  readonly partitions: { count: number }
}

export function partitionsOf({ settings }: Supervision): PartitionSettings["partitions"] {
  return (settings as PartitionSettings).partitions
}

/**
 * Stops the last partitions, the youngest first, or starts them again, the oldest first. Keys are spread over those that run all the time:
 * before the first one is stopped they go to those that stay, and to new ones once all of them run.
 */
export function* resize(supervision: Supervision, count: number): Routine<number> {
  const partitions = partitionsOf(supervision)
  const before = partitions.count
  const most = supervision.settings.children.length
  if (!Number.isInteger(count) || count < 0 || count > most) {
    throw new InvalidArgumentError("partitions", count, `a whole number from 0 to ${most}, with which ${supervision.cell.ref.toString()} was started`)
  }
  // Of minus zero nobody wants to hear again.
  const after = count + 0
  if (after < before) {
    partitions.count = after
    yield* stopFrom(supervision, after, before)
  } else {
    yield* startUpTo(supervision, before, after)
    partitions.count = after
  }
  return before
}

/** They are forgotten, so that no restart of a group starts them. */
function* stopFrom(supervision: Supervision, first: number, end: number): Routine {
  const { children } = supervision
  for (let partition = end - 1; partition >= first; partition--) {
    const child = children.withId(partition)
    if (child === undefined) continue
    yield* terminateChild(supervision, partition)
    if (children.withId(partition) === child) children.remove(child)
  }
}

/** If one of them fails, those before it are stopped again. */
function* startUpTo(supervision: Supervision, first: number, end: number): Routine {
  const { children, settings } = supervision
  for (let partition = first; partition < end; partition++) {
    const child: Child = supervision.make(settings.children[partition] as ChildSpec<unknown>)
    children.add(child)
    try {
      yield* begin(supervision, child, () => children.remove(child))
    } catch (error) {
      yield* stopFrom(supervision, first, partition)
      throw error
    }
  }
}

export function noPartitions(supervisor: string): SupervisorError {
  return new SupervisorError("no_partitions", `${supervisor} has no partitions, so there is nobody to serve a key. Use resize(n) first.`)
}

export function fixedChildren(supervisor: string, what: string): SupervisorError {
  return new SupervisorError("partition_supervisor", `${supervisor} is a partition supervisor, so ${what} is not for it: its children are copies of one. Use resize(n), or another supervisor beside it.`)
}
