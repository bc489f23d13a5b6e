// The two compiled rivals, each held to one core by its own runtime as well.

import { mkdirSync } from "node:fs"
import { type Programs, programs } from "./programs.ts"
import { build, outputOf, packageRoot, type System } from "./system.ts"

const goBuild = `${packageRoot}build/go`

// Goroutines and channels are all there is to build actors of: a mailbox is a channel, a call two messages. A channel hands
// out its oldest value only, so there is no selective receive.
const goPrograms = programs(
  [
    "pingpong",
    "ring",
    "spawn",
    "idle",
    "skynet",
    "fanin",
    "fanin-buffered",
    "ask",
    "sieve",
    "select",
    "timers",
    "deep",
    "big",
    // A goroutine that panics, and one more in its place: nobody supervises it.
    "restart",
  ],
  {
    "ask-actors": "ask",
    "pingpong-actors": "pingpong-buffered",
    "fanin-actors": "fanin",
    "spawn-actors": "spawn",
    "idle-actors": "idle",
  },
)

/** Go with one of its programs: the folder in rivals/go that holds it. The program's name is that of what is built. */
export function goSystem(known: Programs, folder: string, name: string): System {
  const file = `${goBuild}/${name}`
  return {
    id: "go",
    title: "Go",
    rows: known.rows,
    async prepare() {
      const version = outputOf("go", "version")
      if (version === undefined) return { ready: false, cure: "apt-get install -y golang-go" }
      mkdirSync(goBuild, { recursive: true })
      return build("go", ["build", "-o", file, folder], `${packageRoot}rivals/go`)
        ? { ready: true, version: version.replace("go version ", "") }
        : { ready: false, cure: "make `go build` succeed in rivals/go" }
    },
    command: (row) => ({ file, arguments: [known.nameOf(row)], environment: { GOMAXPROCS: "1" } }),
  }
}

export const go: System = goSystem(goPrograms, ".", "bench")

const beamBuild = `${packageRoot}build/beam`

/** One scheduler of each kind, limits high enough for every row, and heaps of the default size. */
const beamFlags =
  "-noinput -noshell -boot start_clean +S 1:1 +SDcpu 1:1 +SDio 1 +P 4000000 +Q 65536 +hms 233".split(" ")

// A process has one mailbox: neither a buffered channel nor a select over two exists there, and rows of tasklets and of
// actors are one work. Only what waits is another thing as an actor, a gen_server. `ask` is gen_server:call already.
const beamPrograms = programs(
  [
    "pingpong",
    "ring",
    "spawn",
    "idle",
    "skynet",
    "fanin",
    "ask",
    "sieve",
    "timers",
    "deep",
    "big",
    "selective",
    "selective-call",
    "dynamic",
  ],
  {
    "ask-actors": "ask",
    "pingpong-actors": "pingpong",
    "fanin-actors": "fanin",
    "spawn-actors": "spawn",
    "idle-actors": "idle-gs",
    // Its supervisor walks the restarts of the window twice at each restart: so a new supervisor every 100, and one for all 20,000.
    restart: "restart-gs-chunk",
    "restart-history": "restart-gs",
  },
)

export const beam: System = {
  id: "beam",
  title: "BEAM",
  rows: beamPrograms.rows,
  async prepare() {
    const release = outputOf(
      "erl",
      "-noshell",
      "-eval",
      'io:format("OTP ~s", [erlang:system_info(otp_release)]), halt().',
    )
    if (release === undefined) return { ready: false, cure: "apt-get install -y --no-install-recommends erlang-base" }
    mkdirSync(beamBuild, { recursive: true })
    const modules = ["bench.erl", "bench_measure.erl", "bench_selective.erl", "bench_sup.erl", "bench_work.erl"]
    return build("erlc", ["-o", beamBuild, ...modules], `${packageRoot}rivals/beam`)
      ? { ready: true, version: release }
      : { ready: false, cure: "make `erlc` succeed in rivals/beam" }
  },
  command: (row) => ({
    file: "erl",
    arguments: [...beamFlags, "-pa", beamBuild, "-s", "bench", "main", beamPrograms.nameOf(row)],
  }),
}
