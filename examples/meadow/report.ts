/** What the living meadow says in the end: a table, and the beginning of one crash report. */
import { type CrashReport, formatCrashReport } from "@vivarium/actors"
import { count, countOf } from "../bees-and-flowers/figures.ts"
import type { MeadowSettings } from "../bees-and-flowers/meadow.ts"
import type { LivingFigures } from "./meadow.ts"

/** What will happen, before it begins. */
export function announceLiving({ bees, flowers, nectar }: MeadowSettings): string {
  return `The living meadow: ${countOf(bees, "bee")} and ${countOf(flowers, "flower")} are actors now, ${countOf(nectar, "call")} a bee.`
}

/** The lines that close a run, whether it came to its end or not. */
export function reportLiving(settings: MeadowSettings, figures: LivingFigures): string[] {
  const { actors, beesAtHome, bytesPerActor, crash, crashes, interruption, seconds, survivors, visits } = figures
  const ending = interruption === undefined ? "The day is over" : `Stopped by ${interruption.signalName}`
  const rows: readonly (readonly [string, number, string])[] = [
    ["visits", visits, `of ${count(settings.bees * settings.nectar)}, a call each`],
    ["calls per second", seconds > 0 ? visits / seconds : 0, "while the bees flew"],
    ["bytes per actor", bytesPerActor, `heap growth while ${count(actors)} were spawned and waited`],
    ["crashes contained", crashes, `one bee in a thousand falls ill; ${countOf(survivors, "actor")} lived on`],
  ]
  const width = Math.max(...rows.map(([, value]) => count(value).length))
  return [
    `${ending} after ${seconds.toFixed(2)} s: ${count(beesAtHome)} of ${countOf(settings.bees, "bee")} came home with their nectar.`,
    "",
    ...rows.map(([name, value, meaning]) => `  ${name.padEnd(17)}  ${count(value).padStart(width)}  ${meaning}`),
    ...(crash === undefined ? [] : ["", "The eldest of those who fell ill, as its crash report tells:", "", ...beginningOf(crash)]),
  ]
}

/** The report without the stack. */
function beginningOf(crash: CrashReport): string[] {
  return formatCrashReport(crash)
    .split("\n")
    .filter((line) => !/^ +at /.test(line))
}
