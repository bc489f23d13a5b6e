/**
 * Cells: the inside of a process, be it an actor or a raw one. What the user holds is a Ref; what runs is a tasklet.
 *
 * Invariants:
 * 1. `state` only grows. From EXITING on the process is not alive: nothing enters its mailbox any more.
 * 2. `size` counts the user's envelopes in the mailbox; it exceeds the capacity by what `unstash` puts back alone.
 * 3. What only few processes need lives in `extras`, so that an idle one stays small.
 */
import type { RunLoop, Tasklet } from "@vivarium/core"
import type { TaskletOwner, WaitNode } from "@vivarium/core/lowlevel"
import type { ActorType } from "./actor-type.ts"
import { type Envelope, type EnvelopeList } from "./envelope.ts"
import { ExitReason } from "./exit-reason.ts"
import type { Extras } from "./extras.ts"
import type { ProcessSettings } from "./process-settings.ts"
import type { LocalRef } from "./ref.ts"
import type { Edge } from "./waits-for.ts"
import type { World } from "./world.ts"

/** Made, its tasklet has not run yet. */
export const UNBORN = 0
/** Its `init` is running. */
export const STARTING = 1
/** Handles messages. */
export const ALIVE = 2
/** Has its reason, and is on the way to its end. */
export const EXITING = 3
/** Has ended. */
export const DEAD = 4

/** Exit signals become messages. */
export const TRAPS_EXIT = 1
/** The main tasklet waits for the next envelope, whichever it is. */
export const IDLE = 2
/** A tool has suspended it: only requests of tools are handled. */
export const SUSPENDED = 4
/** Ends without terminate. */
export const BRUTAL = 8
/** Has been asked to end when the current method has. */
export const STOPPING = 16
/** Something comes before the next envelope: a continuation. */
export const CONTINUES = 32
/** Its methods are overridden by `become`. */
export const BECOME = 64
/** A raw process: its body takes the messages itself. */
export const RAW = 128
/** Its `init` has succeeded, so `terminate` is owed. */
export const BORN = 256
/** An idle time-out is set. */
export const IDLE_TIMER = 512
/** Each method is timed or told to tools. */
export const WATCHED = 1024
/** The current envelope has been stashed: its outcome is no answer. */
export const STASHED = 2048
/** It was started with a link to its parent, whose exit ends it whatever it traps. */
export const PARENT_LINKED = 4096
/** A state machine: what comes are events, and what they come to are transitions. */
export const EVENTS = 8192

/** A signal has decided its end: nothing of its own has failed, so there is no crash to report. */
export const SIGNALLED = 16384

/** The inside of a process. */
export class Cell implements EnvelopeList, TaskletOwner {
  declare first: Envelope | null
  declare last: Envelope | null
  declare size: number
  declare state: number
  declare flags: number
  declare readonly id: number
  declare readonly world: World
  declare tasklet: Tasklet
  declare readonly ref: LocalRef
  declare readonly type: ActorType
  declare readonly settings: ProcessSettings
  /** The actor, once constructed; before, the arguments of its birth. */
  declare actor: unknown
  /** The envelope whose method runs on the main tasklet. */
  declare current: Envelope | null
  /** Who waits for a message in a selective receive. */
  declare receivers: WaitNode | null
  /** Whom it waits for. */
  declare outgoing: Edge | null
  declare reason: ExitReason
  /** Who spawned it; forgotten when both have been dead for generations. */
  declare parent: Cell | null
  declare extras: Extras | null
  /** In the list of all processes, by start. */
  declare older: Cell | null
  declare younger: Cell | null

  constructor(world: World, type: ActorType, settings: ProcessSettings, parent: Cell | null, birth: unknown, makeRef: (cell: Cell) => LocalRef) {
    this.first = null
    this.last = null
    this.size = 0
    this.state = UNBORN
    this.flags = settings.flags
    this.id = ++world.lastId
    this.world = world
    this.tasklet = undefined as never
    this.type = type
    this.settings = settings
    this.actor = birth
    this.current = null
    this.receivers = null
    this.outgoing = null
    this.reason = ExitReason.normal
    this.parent = parent
    this.extras = null
    this.older = null
    this.younger = null
    this.ref = makeRef(this)
  }

  get loop(): RunLoop {
    return this.world.loop
  }

  get alive(): boolean {
    return this.state < EXITING
  }

  /** Nobody has caught what a tasklet has raised that works for it: a member of a group, a case of a select. */
  uncaught(error: unknown, tasklet: Tasklet): void {
    this.world.bodies.fail(this, error, tasklet)
  }

  /** What its main tasklet is called. */
  get description(): string {
    return this.ref.toString()
  }

  /** Who started it with a link. */
  get linkedParent(): LocalRef | undefined {
    return (this.flags & PARENT_LINKED) === 0 ? undefined : this.parent?.ref
  }

  /** The name of its class or body. */
  get kind(): string {
    return this.type.name
  }
}
