/** The meadow that is served: the hive of the supervised meadow, somebody who makes trouble, and the server, all in one tree. */
import { Task } from "@vivarium/actors"
import { Random, Scheduler } from "@vivarium/core"
import { type Application, application, child, supervisor } from "@vivarium/supervision"
import { Accounts, hasEnded } from "../supervised-meadow/accounts.ts"
import { Blight } from "../supervised-meadow/blight.ts"
import { hiveIn } from "../supervised-meadow/hive.ts"
import { Ledger } from "../supervised-meadow/ledger.ts"
import type { Surroundings } from "../supervised-meadow/surroundings.ts"
import { makeTrouble, noFaults } from "../supervised-meadow/trouble.ts"
import { Chronicle } from "./chronicle.ts"
import { PacedClock } from "./paced-clock.ts"
import { MeadowServer } from "./server.ts"

export interface MeadowSettings {
  readonly seed: number
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  /** How many times as long everything takes as in the supervised meadow. */
  readonly pace?: number
  /** The longest pause between two faults. */
  readonly pauseMs?: number
}

const FLOWERS = 12
const BEES = 100
const PACE = 50
const PAUSE_MS = 2_000
/** How long the shutdown may take. */
const DEADLINE_MS = 10_000

/** What there is of one meadow. It begins to live by `app.start()`, or `app.run()`. */
export interface Meadow {
  readonly seed: number
  readonly host: string
  /** On which port it is served: of any that is free, it is known once the server has started for the first time, and then kept. */
  port: number
  readonly surroundings: Surroundings
  readonly app: Application
  readonly scheduler: Scheduler
  readonly ledger: Ledger
  readonly accounts: Accounts
  readonly chronicle: Chronicle
  readonly faults: ReturnType<typeof noFaults>
}

/** Makes a meadow; `opened` is called with its address as soon as it lives and is served. */
export function makeMeadow({ host, pace = PACE, pauseMs = PAUSE_MS, port, seed }: MeadowSettings, opened: (url: string) => void): Meadow {
  const scheduler = new Scheduler({ clock: new PacedClock(), random: seed })
  const ledger = new Ledger()
  const bees = Array.from({ length: BEES }, (_, number) => `bee ${number}`)
  const surroundings: Surroundings = { flowers: FLOWERS, bees, pace, chance: new Random(seed), ledger, blight: new Blight() }
  const faults = noFaults()
  let url = ""
  const app: Application = application({
    name: "meadow",
    // The youngest is stopped first: nobody is served any more when the hive goes to sleep.
    top: () =>
      supervisor({
        id: "meadow",
        maxRestarts: 10,
        withinMs: 60_000,
        children: [
          hiveIn(surroundings),
          child(Task, { id: "trouble", restart: "transient", args: [makeTrouble, Infinity, app, surroundings, faults, pauseMs] }),
          child(MeadowServer, {
            id: "server",
            name: "server",
            args: [meadow, (address) => (url = address)],
            // Others may be quicker to take the port.
            backoff: { minMs: 100, maxMs: 5_000 },
          }),
        ],
      }),
    phases: { open: () => opened(url) },
    deadlineMs: DEADLINE_MS,
    // What would be printed is shown on the page.
    system: { scheduler, log: false },
  })
  const { system } = app
  system.events.on("supervisor", ({ context, offender }) => {
    if (hasEnded(context) && offender?.ref !== undefined) ledger.close(offender.ref)
  })
  const meadow: Meadow = { seed, host, port, surroundings, app, scheduler, ledger, accounts: new Accounts(system), chronicle: new Chronicle(system), faults }
  return meadow
}
