/**
 * The supervised meadow: a hive in which things go wrong all the time, and which heals.
 *
 * Time is virtual: it jumps to whatever comes next, so that no delay costs anything, and the same seed tells the same story.
 */
import { Random, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { application, ExitCode } from "@vivarium/supervision"
import { countOf } from "../bees-and-flowers/figures.ts"
import type { Output } from "../bees-and-flowers/output.ts"
import { Accounts, hasEnded } from "./accounts.ts"
import { Blight } from "./blight.ts"
import { hiveIn, workersIn } from "./hive.ts"
import { Ledger } from "./ledger.ts"
import { announceHive, type Figures, isComplete, tableOf, treeInWords } from "./report.ts"
import { Shutdown } from "./shutdown.ts"
import type { Surroundings } from "./surroundings.ts"
import { makeTrouble, noFaults } from "./trouble.ts"

export interface HiveSettings {
  readonly seed: number
  /** How many faults there will be. */
  readonly faults: number
}

const FLOWERS = 12
const BEES = 100
/** How long the shutdown may take. */
const DEADLINE_MS = 5_000

/** Runs it, and says what happens; gives the exit code. Ctrl-C shuts the hive down in order. */
export async function runSupervisedMeadow({ faults: count, seed }: HiveSettings, output: Output): Promise<number> {
  const say = (...lines: readonly string[]): Promise<void> => {
    for (const line of lines) output.print(line)
    return output.flush()
  }
  const scheduler = new Scheduler({ clock: new VirtualClock(), random: seed, limits: { slowSliceMs: Infinity } })
  const ledger = new Ledger()
  const bees = Array.from({ length: BEES }, (_, number) => `bee ${number}`)
  const surroundings: Surroundings = { flowers: FLOWERS, bees, pace: 1, chance: new Random(seed), ledger, blight: new Blight() }
  const app = application({ name: "meadow", top: hiveIn(surroundings), deadlineMs: DEADLINE_MS, system: { scheduler, log: false } })
  const accounts = new Accounts(app.system)
  const shutdown = new Shutdown(app)
  app.system.events.on("supervisor", ({ context, offender }) => {
    if (hasEnded(context) && offender?.ref !== undefined) ledger.close(offender.ref)
  })

  await say(announceHive(surroundings, count), "")
  try {
    await app.start()
  } catch {
    const { code, why } = await app.stop()
    await say(why)
    return code
  }
  await say(treeInWords(app.top), "")

  const faults = noFaults()
  const begin = performance.now()
  await scheduler.main(function* () {
    yield* makeTrouble(count, app, surroundings, faults)
    do yield* sleep(1)
    while (app.state === "running" && !accounts.settled)
  })
  const seconds = (performance.now() - begin) / 1000
  // Ctrl-C may have ended the day early; then the living are none.
  const whole = app.state === "running"
  if (whole) await say(`${countOf(faults.hits, "fault")} later it is whole again:`, "", treeInWords(app.top), "")
  const balance = whole ? ledger.balance(workersIn(app.top.tree())) : undefined

  const outcome = await app.stop()
  accounts.close(app.top, outcome.code === ExitCode.gaveUp)
  const figures: Figures = { faults, accounts, seconds, hiveSeconds: scheduler.clock.now() / 1000, balance: balance ?? ledger.balance([]) }
  const complete = isComplete(figures)
  await say(...tableOf(figures), "", complete ? "Every crash and every drop is accounted for." : "Something is missing.", shutdown.inWords(outcome, DEADLINE_MS))
  return complete ? outcome.code : 1
}
