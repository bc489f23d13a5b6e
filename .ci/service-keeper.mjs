// Keeps the servers of service-table.mjs running for the process that has forked this one: tells it where they are, and ends with it.
// It is a process of its own so that they are stopped, and their data removed, even if that process has no time for it.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { servers } from "./service-table.mjs"

const [deadlineMs] = process.argv.slice(2).map(Number)
const tries = 3
const patienceMs = 5000

/** What has been started and not ended yet, each with the signal that stops it. */
const running = new Map()
const top = mkdtempSync(join(tmpdir(), "vivarium-services-"))
// Each server's user must get to its own folder, and to nothing else.
chmodSync(top, 0o711)

let stopping = false
process.on("disconnect", stop)
process.on("uncaughtException", fail)
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop)
const deadline = setTimeout(() => fail(new Error(`the servers were not ready within ${deadlineMs / 1000} s`)), deadlineMs)
Promise.all(servers.map(start)).then((addresses) => {
  clearTimeout(deadline)
  if (!stopping) process.send({ addresses: Object.fromEntries(addresses) }, () => {})
}, fail)

/** Starts one server, on another port if somebody else was quicker to take it. Gives its variable and address. */
async function start(server) {
  const folder = join(top, server.package)
  const owner = process.getuid() === 0 ? await idsOf(server.user) : {}
  mkdirSync(folder, { mode: 0o700 })
  own(folder, owner)
  for (const command of server.prepare?.({ folder }) ?? []) {
    const child = run(command, folder, owner, "SIGKILL")
    const [code] = await once(child, "close")
    if (code !== 0) throw new Error(`${command[0]} ended with ${code}\n${logOf(folder)}`)
  }
  for (let attempt = 1; ; attempt++) {
    const place = { folder, port: String(await freePort()) }
    for (const [name, text] of Object.entries(server.files?.(place) ?? {})) write(folder, name, text, owner)
    const child = run(server.command(place), folder, owner, server.stop)
    if (await serves(server, place, child)) return [server.variable, server.address(place.port)]
    if (attempt === tries || stopping) throw new Error(`${server.package} does not start\n${logOf(folder)}`)
  }
}

/** The numbers of a user and its group. */
async function idsOf(user) {
  const numbers = []
  for (const flag of ["-u", "-g"]) {
    const child = spawn("id", [flag, user], { stdio: ["ignore", "pipe", "inherit"] })
    const [printed, [code]] = await Promise.all([child.stdout.setEncoding("utf8").toArray(), once(child, "close")])
    if (code !== 0) throw new Error(`there is no user ${user}`)
    numbers.push(Number(printed.join("")))
  }
  return { uid: numbers[0], gid: numbers[1] }
}

function own(path, { uid, gid }) {
  if (uid !== undefined) chownSync(path, uid, gid)
}

function write(folder, name, text, owner) {
  const path = join(folder, name)
  for (let above = dirname(name); above !== "."; above = dirname(above)) mkdirSync(join(folder, above), { recursive: true })
  for (let above = dirname(name); above !== "."; above = dirname(above)) own(join(folder, above), owner)
  writeFileSync(path, text)
  own(path, owner)
}

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address()
  server.close()
  await once(server, "close")
  return port
}

/** Starts a program in a process group of its own, which can be ended with all its children. What it prints goes into the folder's log. */
function run([program, ...args], folder, owner, stopSignal) {
  const log = openSync(join(folder, "log"), "a")
  const env = { HOME: folder, LANG: "C.UTF-8", PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }
  const child = spawn(program, args, { ...owner, cwd: folder, detached: true, env, stdio: ["ignore", log, log] })
  closeSync(log)
  running.set(child, stopSignal)
  child.on("error", fail)
  child.on("close", () => running.delete(child))
  if (stopping) signalGroup(child, "SIGKILL")
  return child
}

function logOf(folder) {
  return readFileSync(join(folder, "log"), "utf8").trimEnd().split("\n").slice(-20).join("\n")
}

/** Asks until the server answers (true) or has ended (false). */
async function serves(server, place, child) {
  while (running.has(child)) {
    if (server.ready.test(await ask(server, Number(place.port)))) return true
    await sleep(20)
  }
  return false
}

/** What the server answers to its hello, as far as it is needed; nothing if it cannot be reached, or stays silent. */
function ask({ hello, ready }, port) {
  return new Promise((resolve) => {
    let answer = ""
    const socket = connect(port, "127.0.0.1", () => socket.write(hello ?? ""))
    socket.setEncoding("latin1").setTimeout(1000, () => socket.destroy())
    socket.on("data", (text) => {
      answer += text
      if (ready.test(answer)) socket.destroy()
    })
    socket.on("error", () => {}).on("close", () => resolve(answer))
  })
}

function fail(error) {
  if (stopping) return
  console.error(`services: ${error.message}`)
  process.exitCode = 1
  void stop()
}

async function stop() {
  if (stopping) return
  stopping = true
  clearTimeout(deadline)
  for (const [child, signal] of running) signalGroup(child, signal)
  const impatient = setTimeout(() => {
    for (const child of running.keys()) signalGroup(child, "SIGKILL")
  }, patienceMs)
  await Promise.all([...running.keys()].map((child) => once(child, "close")))
  clearTimeout(impatient)
  rmSync(top, { recursive: true, force: true, maxRetries: 3 })
  if (process.connected) process.disconnect()
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    // It has ended meanwhile, or has never been started.
    if (error.code !== "ESRCH" && child.pid !== undefined) throw error
  }
}
