/** The command line: every flag, what it allows, and what is wrong with what was given. */
import { isIP } from "node:net"
import { parseArgs } from "node:util"
import type { MeadowSettings } from "./meadow.ts"

export type Command =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "run"; readonly settings: MeadowSettings }

/** A flag: what it allows, its default, and what it means. `read` gives undefined for what is not allowed. */
interface Flag<T> {
  readonly allowed: string
  readonly byDefault: T
  readonly meaning: string
  readonly read: (text: string) => T | undefined
}

const flags: { readonly [K in "host" | "port" | "seed"]: Flag<MeadowSettings[K]> } = {
  host: { allowed: "a name or an address of this machine", byDefault: "127.0.0.1", meaning: "where it is served: by default for this machine alone", read: readHost },
  port: { allowed: "an integer from 0 to 65535", byDefault: 7070, meaning: "on which port; 0 takes any that is free", read: (text) => readInteger(text, 65_535) },
  seed: { allowed: "an integer from 0 to 2^53 - 1", byDefault: 1, meaning: "what happens is drawn from this number", read: (text) => readInteger(text, Number.MAX_SAFE_INTEGER) },
}

type Name = keyof typeof flags
const names = Object.keys(flags) as readonly Name[]

/** Reads the arguments behind the program's name. */
export function readCommand(argv: readonly string[]): Command {
  // `npm run start:serve -- --port 80` is a habit; pnpm passes the two dashes on.
  const args = argv[0] === "--" ? argv.slice(1) : [...argv]
  const options = { host: { type: "string" }, port: { type: "string" }, seed: { type: "string" }, help: { type: "boolean", short: "h" } } as const
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true })
  if (tokens.some((token) => token.kind === "option" && token.name === "help" && token.value === undefined)) return { kind: "help", text: helpText() }
  const given: { -readonly [K in Name]?: MeadowSettings[K] } = {}
  for (const token of tokens) {
    if (token.kind !== "option") return refuse(`This program takes flags only, got ${shown(args[token.index] ?? "--")}.`)
    const { inlineValue, name, rawName, value } = token
    if (!isName(name) || rawName !== `--${name}`) return refuse(`Unknown flag ${shown(rawName)}. Allowed are --host, --port, --seed and --help.`)
    const { allowed, read } = flags[name]
    if (value === undefined || (inlineValue !== true && value.startsWith("--"))) return refuse(`${rawName} needs a value: ${allowed}.`)
    const meant = read(value)
    if (meant === undefined) return refuse(`${rawName} must be ${allowed}, got ${shown(value)}.`)
    Object.assign(given, { [name]: meant })
  }
  return { kind: "run", settings: { host: flags.host.byDefault, port: flags.port.byDefault, seed: flags.seed.byDefault, ...given } }
}

function isName(name: string): name is Name {
  return Object.hasOwn(flags, name)
}

function readInteger(text: string, most: number): number | undefined {
  return /^\d+$/.test(text) && Number(text) <= most ? Number(text) : undefined
}

/** An address, with or without the brackets that it has in links, or a name. */
function readHost(text: string): string | undefined {
  const plain = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  return isIP(plain) !== 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(text) ? plain : undefined
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}

function refuse(problem: string): Command {
  return { kind: "refused", text: `${problem}\n--help explains them all.` }
}

function helpText(): string {
  return [
    "The supervised meadow, served over HTTP: a page to look at, and bees by post.",
    "",
    "  npx -y pnpm@12 start:serve [flags]",
    "",
    ...names.map((name) => `  ${`--${name} ${name === "host" ? "NAME" : "N"}`.padEnd(12)}  ${flags[name].meaning} (${flags[name].allowed}; ${flags[name].byDefault} unless given)`),
    `  ${"--help".padEnd(12)}  print this text`,
    "",
    "Ctrl-C closes the server and shuts the meadow down in order; a second one kills what is left.",
    "Exit code: 0 after an orderly shutdown, 2 for a flag that is not allowed, 1 if it could not be served, 3 if the meadow gave up, 4 if it was killed.",
  ].join("\n")
}
