// The rivals in JavaScript. Those from npm are no dependency of this workspace: they are installed beside their
// programs the first time that rivals are asked for.

import { existsSync, readFileSync } from "node:fs"
import { build, packageRoot, type Readiness, type System } from "./system.ts"

const folder = `${packageRoot}rivals/npm`

const installFlags = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]

function javascript(id: string, title: string, rows: readonly string[], npmName?: string): System {
  return {
    id,
    title,
    rows: new Set(rows),
    prepare: async () =>
      npmName === undefined ? { ready: true, version: `Node ${process.version}` } : installed(npmName),
    command: (row) => ({ file: process.execPath, arguments: ["--expose-gc", `${folder}/${id}.mjs`, row] }),
  }
}

/** Looks whether the package is there in the version that rivals/npm/package.json names, and installs all if not. */
function installed(npmName: string): Readiness {
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

export const generators: System = javascript("generators", "raw generators", [...channelRows, "sieve"])
export const promises: System = javascript("promises", "raw promises", [...channelRows, "sieve", "timers"])
export const effect: System = javascript("effect", "Effect", [...channelRows, "fanin-buffered", "timers"], "effect")
export const effection: System = javascript(
  "effection",
  "Effection",
  ["pingpong", "ring", "spawn", "idle", "skynet", "ask"],
  "effection",
)
export const xstate: System = javascript("xstate", "XState", ["pingpong", "spawn", "idle", "fanin"], "xstate")
export const csp: System = javascript(
  "csp",
  "thi.ng/csp",
  ["pingpong", "ring", "idle", "skynet", "fanin", "fanin-buffered", "ask"],
  "@thi.ng/csp",
)
