// Runs a command with real servers at hand: memcached, MariaDB, Redis, PostgreSQL and Prosody, installed from Debian's packages if need be.
// They listen on free ports of the loopback interface, with throw-away data, each as its own user; the command learns from its environment
// where they are. When it has ended, or this program is told to, they are stopped and their data is removed.
import { fork, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { constants } from "node:os"
import { fileURLToPath } from "node:url"
import { servers } from "./service-table.mjs"

/** With the time limits of install-packages, that makes less than five minutes for all that is not the command itself. */
const startMs = 60_000

const command = process.argv.slice(2)
if (command.length === 0) {
  const variables = servers.map(({ variable }) => variable).join(", ")
  console.error(`Usage: .ci/services COMMAND [ARGUMENT]…\n\nRuns the command with ${listOf(servers)} on loopback ports.\nIts environment says where they are: ${variables}; and VIVARIUM_SERVICES=required.`)
  process.exit(2)
}
install()
process.exitCode = await runWithServers()

function listOf(some) {
  return some.map((server) => server.package).join(", ")
}

function refuse(reason) {
  console.error(`services: ${reason}`)
  process.exit(1)
}

/** Installs the packages that are missing. */
function install() {
  const system = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : ""
  if (!/^ID(_LIKE)?=.*debian/m.test(system)) refuse(`cannot install or start the servers here: this is not Debian, whose packages ${listOf(servers)} are needed`)
  const names = servers.map((server) => server.package)
  const known = spawnSync("/usr/bin/dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\n", ...names], { encoding: "utf8" }).stdout.split("\n")
  const missing = names.filter((name) => !known.includes(`${name} installed`))
  if (missing.length === 0) return
  const isRoot = process.getuid() === 0
  if (!isRoot && spawnSync("sudo", ["-n", "true"]).status !== 0) refuse(`cannot install ${missing.join(", ")}: that takes root, and sudo does not let us without a password`)
  console.error(`services: installing ${missing.join(", ")}`)
  const installer = [fileURLToPath(new URL("install-packages", import.meta.url)), ...missing]
  const [program, ...args] = isRoot ? installer : ["sudo", "-n", ...installer]
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 2 ** 26 })
  if (status !== 0) refuse(`could not install ${missing.join(", ")}\n${stdout}${stderr}`)
}

/** Gives the exit code of the command, as a shell would. */
async function runWithServers() {
  const keeper = fork(new URL("service-keeper.mjs", import.meta.url), [String(startMs)], { detached: true, execArgv: [] })
  const kept = once(keeper, "exit")
  let told = null
  let obey = () => keeper.connected && keeper.disconnect()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      told ??= signal
      obey(signal)
    })
  }
  const [news] = await Promise.race([once(keeper, "message"), kept])
  // Unless it has ended instead.
  if (news?.addresses === undefined) return told === null ? 1 : codeOf(null, told)
  console.error(`services: ${listOf(servers)} are ready`)
  const env = { ...process.env, ...news.addresses, VIVARIUM_SERVICES: "required" }
  const child = spawn(command[0], command.slice(1), { detached: true, env, stdio: "inherit" })
  obey = (signal) => forward(child, signal)
  const ended = once(child, "exit").catch((error) => {
    console.error(`services: ${error.message}`)
    return [127, null]
  })
  const [code, signal] = await ended
  // Nothing that the command has left behind may go on talking to the servers.
  forward(child, "SIGKILL")
  if (keeper.connected) keeper.disconnect()
  await kept
  return codeOf(code, signal)
}

/** Signals the command and all that it has started. */
function forward(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== "ESRCH") throw error
  }
}

function codeOf(code, signal) {
  return code ?? 128 + constants.signals[signal]
}
