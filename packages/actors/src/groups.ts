/** Groups: processes that belong together. Erlang's pg. */
import { InvalidArgumentError } from "@vivarium/core"
import { checkOptions } from "@vivarium/core/lowlevel"
import { type OnBehalf, type Subject, findSubject, subjectOf } from "./behalf.ts"
import type { Cell } from "./cell.ts"
import { readSystem } from "./default-system.ts"
import { type Belonging, disown, own } from "./extras.ts"
import { GroupMonitor } from "./group-monitor.ts"
import type { Ref } from "./ref.ts"
import type { System } from "./system.ts"
import type { World } from "./world.ts"

/** Options of groups. */
export interface GroupsOptions {
  /** Shown in reports. Default "groups". */
  readonly name?: string
  /** Whose processes they take. Default: the system of the current process, else the only one that runs. */
  readonly system?: System
}

/**
 * Groups of processes, by names of any kind, compared as a Map does. `G` is what names are, `A` the class of the actors in them. A group comes to be when
 * somebody joins, and vanishes with its last member. A process that joins several times is a member as often, and leaves as often. Whoever ends has
 * left, before anybody is told of the end.
 *
 * A `Groups` object is a scope of its own; make several to keep things apart. It is a plain object, no process: everything happens at once. To send to all,
 * send to each of `members()`. When not to use it: for entries with values, or one process a key: that is a `Registry`.
 * Source: Erlang's pg, of one node.
 *
 * @example
 * ```ts
 * import { Actor, Groups, System } from "@vivarium/actors"
 *
 * class Bee extends Actor {
 *   dance() {
 *     console.log(`${this.self.name} dances`)
 *   }
 * }
 * await using system = new System()
 * const hives = new Groups<string, Bee>({ system })
 * hives.join("linden", [system.spawn(Bee, { name: "Maya" }), system.spawn(Bee, { name: "Willy" })])
 * for (const bee of hives.members("linden")) bee.cast.dance()
 * await hives.members("linden")[0]?.stop()
 * console.log(hives.members("linden").map(String))
 * // prints: Maya dances
 * // prints: Willy dances
 * // prints: [ 'Bee "Willy" (#2)' ]
 * ```
 */
export class Groups<G = unknown, A = unknown> {
  /** Shown in reports. */
  readonly name: string
  /** Whose processes they take. */
  readonly system: System
  private readonly world: World
  private readonly memberships = new Map<G, Set<Membership<G>>>()
  private readonly monitors = new Map<G, Set<GroupMonitor<unknown>>>()
  private readonly monitorsOfAll = new Set<GroupMonitor<unknown>>()

  constructor(options: GroupsOptions = {}) {
    checkOptions("options", options, ["name", "system"], "new Groups({ system })")
    const { name = "groups" } = options
    if (typeof name !== "string" || name === "") throw new InvalidArgumentError("name", name, "a string that is not empty")
    this.name = name
    this.system = readSystem(`the groups "${name}" are made`, options.system, "new Groups({ system })")
    this.world = this.system["~world"]
    this.world.watch?.keeps?.({ name: `the groups "${name}"`, holders: () => this.holders() })
  }

  /** Lets the current process join a group, or another one, or several at once, which is one change. Raises NoProcessError; then nobody has joined. */
  join(group: G, members?: Subject | readonly Subject[]): void {
    const cells = listOf(members).map((member) => subjectOf("join()", "members", member, this.world))
    if (cells.length === 0) return
    const joined = this.memberships.get(group) ?? new Set()
    this.memberships.set(group, joined)
    for (const cell of cells) {
      const membership = new Membership(group, cell, this.gone)
      joined.add(membership)
      own(cell, membership)
    }
    this.tell("join", group, cells)
  }

  /** Lets the current process leave a group once, or another one, or several; says whether any of them was a member. Erlang: `not_joined`. */
  leave(group: G, members?: Subject | readonly Subject[]): boolean {
    const left: Membership<G>[] = []
    for (const member of listOf(members)) {
      const cell = findSubject("leave()", "members", member, this.world)
      const membership = cell === null ? undefined : this.membershipOf(group, cell)
      if (membership === undefined) continue
      disown(membership.cell, membership)
      left.push(membership)
    }
    this.left(group, left)
    return left.length > 0
  }

  /** The members of a group, in the order in which they joined, as often as they did. */
  members(group: G): readonly Ref<A>[] {
    return refsOf<A>([...(this.memberships.get(group) ?? [])].map(({ cell }) => cell))
  }

  /** The groups that have members. Erlang: `which_groups`. */
  groups(): readonly G[] {
    return [...this.memberships.keys()]
  }

  /**
   * Has the current process told of every change of a group by a `GroupChange`, in order; gives the members of now. The group need not have any. Until the
   * monitor is ended, or the process has.
   */
  monitor(group: G, options: OnBehalf = {}): GroupMonitor<readonly Ref<A>[]> {
    const watcher = this.watcherOf("monitor()", options)
    const watching = this.monitors.get(group) ?? new Set()
    this.monitors.set(group, watching)
    return new GroupMonitor(this.members(group), watcher, watching, () => {
      if (watching.size === 0 && this.monitors.get(group) === watching) this.monitors.delete(group)
    })
  }

  /** The same of all groups, also of those to come. Erlang: `monitor_scope`. */
  monitorAll(options: OnBehalf = {}): GroupMonitor<ReadonlyMap<G, readonly Ref<A>[]>> {
    const watcher = this.watcherOf("monitorAll()", options)
    const members = new Map(this.groups().map((group) => [group, this.members(group)]))
    return new GroupMonitor(members, watcher, this.monitorsOfAll, () => {})
  }

  private *holders(): Generator<Cell, void, undefined> {
    for (const memberships of this.memberships.values()) for (const { cell } of memberships) yield cell
  }

  private watcherOf(what: string, options: OnBehalf): Cell {
    checkOptions("options", options, ["for"], 'groups.monitor("bees", { for: this })')
    return subjectOf(what, "for", options.for, this.world)
  }

  /** Looks at what belongs to the process, not at all members. */
  private membershipOf(group: G, cell: Cell): Membership<G> | undefined {
    const memberships = this.memberships.get(group)
    for (const belonging of cell.extras?.belongings ?? []) {
      if (belonging instanceof Membership && memberships?.has(belonging) === true) return belonging as Membership<G>
    }
    return undefined
  }

  private readonly gone = (membership: Membership<G>): void => this.left(membership.group, [membership])

  private left(group: G, left: readonly Membership<G>[]): void {
    if (left.length === 0) return
    const memberships = this.memberships.get(group)
    for (const membership of left) memberships?.delete(membership)
    if (memberships?.size === 0) this.memberships.delete(group)
    this.tell("leave", group, left.map(({ cell }) => cell))
  }

  private tell(kind: "join" | "leave", group: G, cells: readonly Cell[]): void {
    const members = refsOf<A>(cells)
    for (const monitor of this.monitorsOfAll) monitor.tell(kind, group, members)
    for (const monitor of this.monitors.get(group) ?? []) monitor.tell(kind, group, members)
  }
}

class Membership<G> implements Belonging {
  readonly group: G
  readonly cell: Cell
  private readonly onRelease: (membership: Membership<G>) => void

  constructor(group: G, cell: Cell, onRelease: (membership: Membership<G>) => void) {
    this.group = group
    this.cell = cell
    this.onRelease = onRelease
  }

  release(): void {
    this.onRelease(this)
  }
}

/** Without any, it is the current process. */
function listOf(members: Subject | readonly Subject[] | undefined): readonly (Subject | undefined)[] {
  return Array.isArray(members) ? (members as readonly Subject[]) : [members as Subject | undefined]
}

function refsOf<A>(cells: readonly Cell[]): readonly Ref<A>[] {
  return cells.map(({ ref }) => ref as unknown as Ref<A>)
}
