/**
 * The built-in checks: what the packages promise, on every system of a run. Those that see the state look after every slice, when nobody is in the middle of anything; those that need to see all that
 * happens are told of it, and judge then, too. So none of them raises inside of the program.
 */
import type { System } from "@vivarium/actors"
import type { Cell, Envelope, Keeper, LostBecause, MessageWatch } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError } from "@vivarium/core"
import { checkOptions, readFlag } from "@vivarium/core/lowlevel"
import { Failure } from "./failure.ts"
import { MailboxCheck } from "./mailbox-check.ts"
import { MonitorCheck } from "./monitor-check.ts"
import { NameCheck } from "./name-check.ts"
import { SupervisionCheck } from "./supervision-check.ts"

/** The built-in checks, one by one. */
export interface CheckOptions {
  /** Of what is sent to a process, all is handled, lost for a reason that was told, or unread. */
  readonly messages?: boolean
  /** What one process sends to another is taken in that order, but for what a receive has passed over, and what was stashed or postponed. */
  readonly order?: boolean
  /** A mailbox counts its messages right, and nobody waits for a message that is there. */
  readonly mailboxes?: boolean
  /** Each monitor brings one Down when its process has ended, and none is kept of a process that has. */
  readonly monitors?: boolean
  /** Links lead both ways, and not to the dead. */
  readonly links?: boolean
  /** Names, registries and groups lead to processes that have not ended. */
  readonly names?: boolean
  /** A process whose supervisor has ended is being ended, too. */
  readonly orphans?: boolean
  /** Supervisors give up when they have restarted more often than they may. */
  readonly restarts?: boolean
  /** A child is started again only when its last process, and all that was below it, has ended. */
  readonly replacements?: boolean
}

export type SystemCheckSettings = Readonly<Required<CheckOptions>>

const ALL: SystemCheckSettings = { messages: true, order: true, mailboxes: true, monitors: true, links: true, names: true, orphans: true, restarts: true, replacements: true }
const NAMES = Object.keys(ALL) as (keyof CheckOptions)[]

/** Null for none. */
export function readChecks(given: unknown): SystemCheckSettings | null {
  if (given === true) return ALL
  if (given === false) return null
  if (typeof given !== "object") throw new InvalidArgumentError("checks", given, "true, false or a record of single ones", "right: { checks: { order: false } }")
  checkOptions("checks", given, NAMES, "{ checks: { order: false } }")
  const single = given as CheckOptions
  const settings = { ...ALL }
  for (const name of NAMES) if (single[name] !== undefined) settings[name] = readFlag(`checks.${name}`, single[name])
  return settings
}

/** The checks of one run. */
export class SystemChecks {
  private readonly settings: SystemCheckSettings
  private readonly find: (failure: Failure) => never
  private readonly watched: WatchedSystem[] = []

  constructor(settings: SystemCheckSettings, find: (failure: Failure) => never) {
    this.settings = settings
    this.find = find
  }

  /** From its beginning. */
  watch(system: System): void {
    this.watched.push(new WatchedSystem(system, this.settings))
  }

  /** After a slice. */
  judge(): void {
    for (const system of this.watched) this.raise(system.broken())
  }

  /** Nobody can run before time moves. */
  judgeAtRest(): void {
    for (const system of this.watched) this.raise(system.brokenAtRest())
  }

  judgeLast(): void {
    for (const system of this.watched) this.raise(system.broken() ?? system.brokenAtRest() ?? system.brokenAtEnd())
  }

  private raise(broken: string | null): void {
    if (broken !== null) this.find(new Failure("check", broken))
  }
}

class WatchedSystem implements MessageWatch {
  private readonly mailboxes: MailboxCheck
  private readonly monitors: MonitorCheck
  private readonly names: NameCheck
  private readonly settings: SystemCheckSettings
  private readonly supervision: SupervisionCheck

  constructor(system: System, settings: SystemCheckSettings) {
    const world = system["~world"]
    this.settings = settings
    this.mailboxes = new MailboxCheck(settings)
    this.monitors = new MonitorCheck(world, settings)
    this.names = new NameCheck(world)
    this.supervision = new SupervisionCheck(world, settings)
    world.watch = this
    system.events.on("started", (ref) => this.supervision.started(ref["~resolve"]() as Cell))
    system.events.on("ended", ({ ref }) => {
      const cell = ref["~resolve"]() as Cell
      this.monitors.ended(cell)
      this.supervision.ended(cell)
    })
  }

  sent(cell: Cell, envelope: Envelope): void {
    this.mailboxes.sent(cell, envelope)
    this.monitors.sent(envelope)
  }

  handed(cell: Cell, envelope: Envelope): void {
    this.mailboxes.handed(cell, envelope)
  }

  handedBack(cell: Cell, envelope: Envelope): void {
    this.mailboxes.handedBack(cell, envelope)
  }

  taken(cell: Cell, envelope: Envelope): void {
    this.mailboxes.taken(cell, envelope)
    this.supervision.taken(cell, envelope)
  }

  returned(cell: Cell, envelope: Envelope): void {
    this.mailboxes.returned(cell, envelope)
  }

  lost(cell: Cell, envelope: Envelope, _why: LostBecause | "withdrawn"): void {
    this.mailboxes.lost(cell, envelope)
  }

  keeps(keeper: Keeper): void {
    this.names.keepers.push(keeper)
  }

  broken(): string | null {
    return this.mailboxes.broken() ?? this.monitors.broken() ?? (this.settings.names ? this.names.broken() : null) ?? this.supervision.broken()
  }

  brokenAtRest(): string | null {
    return this.supervision.brokenAtRest()
  }

  brokenAtEnd(): string | null {
    return this.mailboxes.brokenAtEnd()
  }
}
