/** What is shown: the tree and the figures, as JSON. */
import type { HttpServer } from "@vivarium/net"
import type { SupervisorTree, TreeNode } from "@vivarium/supervision"
import { workersIn } from "../supervised-meadow/hive.ts"
import type { Meadow } from "./meadow.ts"

/** How long a state that has been put into words is good enough for others who ask. */
const FRESH_MS = 200

/** A process of the tree, or one that waits to be started again. */
export interface Inhabitant {
  readonly id: string
  /** What it is, by its class. */
  readonly what: string
  readonly kind: TreeNode["kind"]
  readonly state: TreeNode["state"]
  /** How often it was started again. */
  readonly restarts: number
  /** The number of its process; null while it has none. */
  readonly process: number | null
  /** In how many milliseconds it is started again; null if it does not wait for that. */
  readonly restartsInMs: number | null
  readonly children: readonly Inhabitant[]
}

/** What one server shows of the meadow. */
export class Site {
  readonly meadow: Meadow
  readonly server: HttpServer
  /** How many look on. */
  watchers = 0
  #state: { readonly at: number; readonly text: string } | undefined

  constructor(meadow: Meadow, server: HttpServer) {
    this.meadow = meadow
    this.server = server
  }

  /** The whole tree, now. */
  tree(): Inhabitant {
    const { app, chronicle, surroundings } = this.meadow
    const show = (node: TreeNode | SupervisorTree, id: string): Inhabitant => ({
      id,
      what: node.name,
      kind: node.kind,
      state: node.state,
      restarts: chronicle.restartsOf(id),
      process: node.ref?.id ?? null,
      restartsInMs: node.restartsInMs === undefined ? null : Math.ceil(node.restartsInMs),
      // Those of a dynamic supervisor have no ids; bees are in the order in which the queen has laid them.
      children: "children" in node ? node.children.map((one, index) => show(one, String(one.id ?? one.ref?.name ?? surroundings.bees[index]))) : [],
    })
    const top = app.top.tree()
    return show(top, String(top.id))
  }

  /** All that is counted, now. */
  statistics() {
    const { accounts, app, faults, ledger, scheduler, seed, surroundings } = this.meadow
    const { crashes, escalations, failedStarts, gaveUp, restarts, shared } = accounts
    return {
      meadow: {
        seed,
        ageMs: scheduler.clock.now(),
        bees: surroundings.bees.length,
        flowers: surroundings.flowers,
        faults,
        crashes,
        restarts,
        gaveUp,
        escalations,
        failedStarts,
        shared,
        nectar: ledger.balance(workersIn(app.top.tree())),
      },
      system: app.system.statistics(),
      scheduler: scheduler.statistics(),
      http: { ...this.server.statistics(), watchers: this.watchers },
    }
  }

  /** All of it and the news, in one line. For those who look on it is made once. */
  state(): string {
    const at = this.meadow.scheduler.clock.now()
    if (this.#state === undefined || at - this.#state.at >= FRESH_MS) {
      this.#state = { at, text: JSON.stringify({ tree: this.tree(), statistics: this.statistics(), news: this.meadow.chronicle.news }) }
    }
    return this.#state.text
  }
}
