/** The command line: every flag, what it allows, and what is wrong with what was given. */
import { parseArgs } from "node:util"
import type { HiveSettings } from "../supervised-meadow/meadow.ts"
import type { ArticleSettings } from "./article-world.ts"
import type { MeadowSettings } from "./meadow.ts"

export type Command =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "run"; readonly article: ArticleSettings; readonly meadow: MeadowSettings | undefined; readonly hive: HiveSettings | undefined }

const MILLION = 1_000_000

/** The flags that take an integer: the least and the largest, the default, and what it means. */
const integers = {
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, byDefault: 1, meaning: "which flower comes next is drawn from this number" },
  flowers: { least: 1, most: MILLION, byDefault: 5, meaning: "flowers in the article's world" },
  bees: { least: 0, most: MILLION, byDefault: 5, meaning: "bees in the article's world" },
  nectar: { least: 0, most: MILLION, byDefault: 5, meaning: "how much nectar each of them collects" },
  "meadow-flowers": { least: 1, most: MILLION, byDefault: 300, meaning: "flowers in each meadow" },
  "meadow-bees": { least: 1, most: MILLION, byDefault: 30_000, meaning: "bees in each meadow" },
  "meadow-nectar": { least: 1, most: MILLION, byDefault: 150, meaning: "how much nectar each of them collects, a visit each" },
  faults: { least: 0, most: 100_000, byDefault: 1_000, meaning: "faults in the supervised meadow" },
} as const

const switches = {
  quiet: "print the article's world and nothing else: the meadows are left out, and the flags that are for them are ignored",
  help: "print this text",
} as const

type IntegerName = keyof typeof integers

const flagNames = [...Object.keys(integers), ...Object.keys(switches)].map((name) => `--${name}`)

/** Reads the arguments behind the program's name. */
export function readCommand(argv: readonly string[]): Command {
  // `npm start -- --seed 2` is a habit; pnpm passes the two dashes on.
  const { tokens } = parseArgs({ args: argv[0] === "--" ? argv.slice(1) : [...argv], options: declared(), strict: false, tokens: true })
  if (tokens.some((token) => token.kind === "option" && token.name === "help" && token.value === undefined)) return { kind: "help", text: helpText() }
  const given = new Map<string, number | true>()
  for (const token of tokens) {
    if (token.kind !== "option") return refuse(`This program takes flags only, got ${shown(argv[token.index] ?? "--")}.`)
    const { inlineValue, name, rawName, value } = token
    if (isSwitch(name) && rawName.startsWith("--")) {
      if (value !== undefined) return refuse(`${rawName} takes no value, got ${shown(value)}.`)
      given.set(name, true)
    } else if (isInteger(name) && rawName.startsWith("--")) {
      const allowed = `an integer from ${integers[name].least} to ${integers[name].most}`
      if (value === undefined || (inlineValue !== true && value.startsWith("--"))) return refuse(`${rawName} needs a value: ${allowed}.`)
      const number = readInteger(name, value)
      if (number === undefined) return refuse(`${rawName} must be ${allowed}, got ${shown(value)}.`)
      given.set(name, number)
    } else return refuse(`Unknown flag ${shown(rawName)}. Allowed are ${flagNames.slice(0, -1).join(", ")} and ${flagNames.at(-1)}.`)
  }
  const integer = (name: IntegerName): number => (given.get(name) as number | undefined) ?? integers[name].byDefault
  const seed = integer("seed")
  const quiet = given.has("quiet")
  return {
    kind: "run",
    article: { seed, flowers: integer("flowers"), bees: integer("bees"), nectar: integer("nectar") },
    meadow: quiet ? undefined : { seed, flowers: integer("meadow-flowers"), bees: integer("meadow-bees"), nectar: integer("meadow-nectar") },
    hive: quiet ? undefined : { seed, faults: integer("faults") },
  }
}

function declared() {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {}
  for (const name of Object.keys(integers)) options[name] = { type: "string" }
  for (const name of Object.keys(switches)) options[name] = { type: "boolean" }
  options["help"] = { type: "boolean", short: "h" }
  return options
}

function isInteger(name: string): name is IntegerName {
  return Object.hasOwn(integers, name)
}

function isSwitch(name: string): boolean {
  return Object.hasOwn(switches, name)
}

function readInteger(name: IntegerName, text: string): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return number >= integers[name].least && number <= integers[name].most ? number : undefined
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}

function refuse(problem: string): Command {
  return { kind: "refused", text: `${problem}\n--help explains them all.` }
}

function helpText(): string {
  const rows = Object.entries(integers).map(([name, { byDefault, least, meaning, most }]) => {
    const range = `${least} to ${most === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : most}`
    return `  ${`--${name} N`.padEnd(20)}  ${meaning} (${range}; ${byDefault} unless given)`
  })
  return [
    "Bees and flowers: the world of the article, then a meadow with thousands of bees, first of tasklets, then of actors, and then a hive that heals.",
    "",
    "  npx -y pnpm@12 start [flags]",
    "",
    ...rows,
    ...Object.entries(switches).map(([name, meaning]) => `  ${`--${name}`.padEnd(20)}  ${meaning}`),
    "",
    "Results go to standard output, progress to standard error. Ctrl-C stops with a summary of what was done; a second",
    "one ends the program at once.",
    "Exit code: 0, or 2 for a flag that is not allowed, 130 after Ctrl-C (SIGINT), 143 after SIGTERM. The supervised meadow comes last, and",
    "shuts down in order on both: that is 0, too. A second signal kills what is left of it: that is 4.",
  ].join("\n")
}
