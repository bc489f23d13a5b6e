/** Start functions: children that are started in a way of their own. Erlang: the start function of a child spec. */
import type { ignore, Living, Ref } from "@vivarium/actors"
import { brand } from "@vivarium/actors/lowlevel"

/** What a start function is given: its supervisor, to spawn the child with. */
export type StartHost = Pick<Living, "self" | "system" | "spawn" | "start">

/** What it spawns is linked until it is a child, so it ends if the supervisor does before. */
export function hostOf(supervisor: Living): StartHost {
  const { self, system } = supervisor
  return { self, system, spawn: supervisor.spawnLink.bind(supervisor) as Living["spawn"], start: supervisor.startLink.bind(supervisor) as Living["start"] }
}

/** What came of a start function: a reference, or one with something more for whoever asked for the start; or `ignore`. */
export type StartOutcome = Ref<never> | Ref<unknown> | ChildStarted | typeof ignore

/** Starts a child, and gives its reference: plain, generator or async. What it throws is why the child was not started. */
export type StartFunction = (supervisor: StartHost, ...args: never[]) => unknown

/** A child and what its start function had to say: given by `startChild` and `restartChild`. Erlang: `{ok, Pid, Info}`. */
export class ChildStarted<A = unknown, I = unknown> {
  /** The child. */
  readonly ref: Ref<A>
  /** What it had to say. */
  readonly info: I

  constructor(ref: Ref<A>, info: I) {
    this.ref = ref
    this.info = info
  }
}

brand(ChildStarted, "ChildStarted")
