// The rivals in JavaScript. Those from npm are no dependency of this workspace: they are installed beside their
// programs the first time that rivals are asked for.

import { existsSync, readFileSync } from "node:fs"
import { type Programs, programs } from "./programs.ts"
import { build, packageRoot, type Readiness, type System } from "./system.ts"

const folder = `${packageRoot}rivals/npm`

const installFlags = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]

function javascript(id: string, title: string, known: Programs, npmName?: string): System {
  return {
    id,
    title,
    rows: known.rows,
    prepare: async () =>
      npmName === undefined ? { ready: true, version: `Node ${process.version}` } : installed(npmName),
    command: (row) => ({ file: process.execPath, arguments: ["--expose-gc", `${folder}/${id}.mjs`, known.nameOf(row)] }),
  }
}

/** Looks whether the package is there in the version that rivals/npm/package.json names, and installs all if not. */
export function installed(npmName: string): Readiness {
  const wanted = versionIn(`${folder}/package.json`, (manifest) => manifest.dependencies?.[npmName])
  const manifest = `${folder}/node_modules/${npmName}/package.json`
  const version = (): string | undefined => versionIn(manifest, (found) => found.version)
  if (version() !== wanted) {
    process.stderr.write(`Installing the rivals from npm into ${folder}/node_modules …\n`)
    build("npm", installFlags, folder)
  }
  return wanted !== undefined && version() === wanted
    ? { ready: true, version: wanted }
    : { ready: false, cure: `make \`npm ${installFlags.join(" ")}\` succeed in ${folder}` }
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

function versionIn(file: string, read: (manifest: Manifest) => string | undefined): string | undefined {
  return existsSync(file) ? read(JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined
}

const channelRows = ["pingpong", "ring", "spawn", "idle", "skynet", "fanin", "ask"]

/** What an actor library has that hands out the oldest message only. */
const actorRows = ["ask-actors", "pingpong-actors", "fanin-actors", "big", "spawn-actors", "idle-actors"]

export const generators: System = javascript(
  "generators",
  "raw generators",
  programs([...channelRows, "sieve"]),
)
export const promises: System = javascript(
  "promises",
  "raw promises",
  programs([...channelRows, "sieve", "timers"]),
)
export const effect: System = javascript(
  "effect",
  "Effect",
  programs([...channelRows, "fanin-buffered", "timers", ...actorRows]),
  "effect",
)
export const effection: System = javascript(
  "effection",
  "Effection",
  programs(["pingpong", "ring", "spawn", "idle", "skynet", "ask"]),
  "effection",
)
// Whatever is to be had there is an actor, so the rows that both kinds have are one work.
export const xstate: System = javascript(
  "xstate",
  "XState",
  programs(["pingpong", "spawn", "idle", "fanin", "ask-actors", "big"], {
    "pingpong-actors": "pingpong",
    "fanin-actors": "fanin",
    "spawn-actors": "spawn",
    "idle-actors": "idle",
  }),
  "xstate",
)
export const nact: System = javascript("nact", "nact", programs(actorRows), "nact")
export const csp: System = javascript(
  "csp",
  "thi.ng/csp",
  programs(["pingpong", "ring", "idle", "skynet", "fanin", "fanin-buffered", "ask"]),
  "@thi.ng/csp",
)
