/** What the supervised meadow says: the tree before and after, a table, and two sums that must come out even. */
import { formatTree, type SupervisorRef } from "@vivarium/supervision"
import { count, countOf } from "../bees-and-flowers/figures.ts"
import type { Accounts } from "./accounts.ts"
import { type Balance, isEven } from "./ledger.ts"
import type { Surroundings } from "./surroundings.ts"
import type { Faults } from "./trouble.ts"

/** What has happened, up to the end or the interruption. */
export interface Figures {
  readonly faults: Faults
  readonly accounts: Accounts
  /** While the faults were made. */
  readonly seconds: number
  /** The same on the clock of the hive. */
  readonly hiveSeconds: number
  readonly balance: Balance
}

/** What will happen, before it begins. */
export function announceHive({ bees, flowers }: Surroundings, faults: number): string {
  return `The supervised meadow: ${countOf(flowers, "flower")} and ${countOf(bees.length, "bee")} under supervisors, and ${countOf(faults, "fault")} to come.`
}

/** The tree as it is now, without most of the flowers and bees. */
export function treeInWords(hive: SupervisorRef): string {
  return formatTree(hive, { maxChildren: 3 })
}

/** The table: under each sum the parts that make it up. */
export function tableOf({ accounts, balance, faults, hiveSeconds, seconds }: Figures): string[] {
  const { crashes, escalations, failedStarts, gaveUp, restarts, shared } = accounts
  const { blights, errors, exits, hits, kills, misses } = faults
  const rows: readonly (readonly [string, number, string])[] = [
    ["faults", hits + misses, `${count(errors)} errors in a method, ${count(exits)} exit signals, ${count(kills)} kills`],
    ["crashes", crashes, `of ${countOf(hits, "fault")} that hit, and ${countOf(escalations, "supervisor")} that gave up`],
    ["  restarts", restarts, `by the supervisor of who had crashed; ${count(shared)} more went down and came back with another`],
    ["  gave up", gaveUp, "their supervisor gave up, or went down while they waited, and the queen laid new bees"],
    ["failed starts", failedStarts, `errors in init: ${countOf(blights, "bee")} did not hatch again at once, and waited longer each time`],
    ["restarts per second", seconds > 0 ? restarts / seconds : 0, `in ${seconds.toFixed(2)} s; on the clock of the hive ${hiveSeconds.toFixed(1)} s have passed`],
    ["nectar", balance.grown, "drops that have grown"],
    ["  in flowers", balance.inFlowers, ""],
    ["  carried", balance.carried, "by bees"],
    ["  delivered", balance.delivered, ""],
    ["  lost with flowers", balance.lostWithFlowers, "that ended"],
    ["  lost with bees", balance.lostWithBees, "that ended"],
    ["  spilt", balance.spilt, "given to bees that ended before they had it"],
  ]
  const width = Math.max(...rows.map(([, value]) => count(value).length))
  return rows.map(([name, value, meaning]) => `  ${name.padEnd(19)}  ${count(value).padStart(width)}  ${meaning}`.trimEnd())
}

/** Whether every crash and every drop is accounted for. */
export function isComplete({ accounts, balance, faults }: Figures): boolean {
  return accounts.settled && accounts.crashes === faults.hits + accounts.escalations && isEven(balance)
}
