// The two compiled rivals, each held to one core by its own runtime as well.

import { mkdirSync } from "node:fs"
import { build, outputOf, packageRoot, type System } from "./system.ts"

const goBuild = `${packageRoot}build/go`
const goProgram = `${goBuild}/bench`

export const go: System = {
  id: "go",
  title: "Go",
  rows: new Set([
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
  ]),
  async prepare() {
    const version = outputOf("go", "version")
    if (version === undefined) return { ready: false, cure: "apt-get install -y golang-go" }
    mkdirSync(goBuild, { recursive: true })
    return build("go", ["build", "-o", goProgram, "."], `${packageRoot}rivals/go`)
      ? { ready: true, version: version.replace("go version ", "") }
      : { ready: false, cure: "make `go build` succeed in rivals/go" }
  },
  command: (row) => ({ file: goProgram, arguments: [row], environment: { GOMAXPROCS: "1" } }),
}

const beamBuild = `${packageRoot}build/beam`

/** One scheduler of each kind, limits high enough for every row, and heaps of the default size. */
const beamFlags =
  "-noinput -noshell -boot start_clean +S 1:1 +SDcpu 1:1 +SDio 1 +P 4000000 +Q 65536 +hms 233".split(" ")

export const beam: System = {
  id: "beam",
  title: "BEAM",
  // A process has one mailbox: neither a buffered channel nor a select over two exists there.
  rows: new Set(["pingpong", "ring", "spawn", "idle", "skynet", "fanin", "ask", "sieve", "timers", "deep"]),
  async prepare() {
    const release = outputOf(
      "erl",
      "-noshell",
      "-eval",
      'io:format("OTP ~s", [erlang:system_info(otp_release)]), halt().',
    )
    if (release === undefined) return { ready: false, cure: "apt-get install -y --no-install-recommends erlang-base" }
    mkdirSync(beamBuild, { recursive: true })
    const modules = ["bench.erl", "bench_work.erl", "bench_sup.erl"]
    return build("erlc", ["-o", beamBuild, ...modules], `${packageRoot}rivals/beam`)
      ? { ready: true, version: release }
      : { ready: false, cure: "make `erlc` succeed in rivals/beam" }
  },
  command: (row) => ({
    file: "erl",
    arguments: [...beamFlags, "-pa", beamBuild, "-s", "bench", "main", row],
  }),
}
