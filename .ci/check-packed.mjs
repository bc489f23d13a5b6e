// Installs the packed packages with npm into an empty project, as a user would, compiles a program against their types,
// and runs them as ESM, as CJS and as both at once on every Node that we promise to support.
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { packAll, root } from "./pack.mjs"

const nodeVersions = ["20.20.2", "22.23.2", "24.21.0", "26.10.0"]
/** The oldest that the READMEs promise. */
const oldestTypeScript = "5.2.2"
/** For those who use sockets. */
const nodeTypes = "20.19.43"
const programs = ["esm.mjs", "cjs.cjs", "both.mjs"]

const workplace = mkdtempSync(join(tmpdir(), "vivarium-packed-"))
let failures = 0

/** Runs a command and notes whether it ended well; gives what it printed. */
function check(title, command, args, options) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", timeout: 120_000, ...options })
  if (status === 0) {
    console.log(`ok    ${title}`)
  } else {
    failures += 1
    const said = `${stdout ?? ""}${stderr ?? ""}${error ?? ""}`.split("\n").slice(0, 30)
    console.log([`FAIL  ${title}`, ...said].join("\n      "))
  }
  return stdout ?? ""
}

/** Notes whether two programs have printed the same. */
function checkSame(title, one, other) {
  const same = one === other
  if (!same) failures += 1
  console.log(same ? `ok    ${title}` : `FAIL  ${title}\n      ${one.trim()}\n      ${other.trim()}`)
}

function npmInstall(folder, what) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), `{ "private": true }\n`)
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...what], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
}

/** The Node of one version, which npm brings along as a package without an install script. */
function nodeOf(version) {
  const folder = join(workplace, `node-${version}`)
  const name = `node-${process.platform}-${process.arch}`
  npmInstall(folder, [`${name}@${version}`])
  return join(folder, "node_modules", name, "bin/node")
}

function oldCompiler() {
  const folder = join(workplace, "typescript")
  npmInstall(folder, [`typescript@${oldestTypeScript}`])
  return join(folder, "node_modules/typescript")
}

try {
  const project = join(workplace, "project")
  npmInstall(project, [...packAll(), `@types/node@${nodeTypes}`])
  cpSync(join(root, ".ci/packed"), project, { recursive: true })

  // Once as a user who checks the libraries too: a declaration that lost something it refers to would show.
  const compiler = join(root, "node_modules/@typescript/native/bin/tsc")
  check("types for ESM and CJS", process.execPath, [compiler, "-p", "."], { cwd: project })
  const old = join(oldCompiler(), "bin/tsc")
  check(`types for TypeScript ${oldestTypeScript}`, process.execPath, [old, "-p", "."], { cwd: project })

  check("types of net", process.execPath, [compiler, "-p", "tsconfig.net.json"], { cwd: project })
  check(`types of net for TypeScript ${oldestTypeScript}`, process.execPath, [old, "-p", "tsconfig.net.json"], { cwd: project })

  let codes = ""
  for (const version of nodeVersions) {
    const node = nodeOf(version)
    for (const program of programs) check(`Node ${version} ${program}`, node, [program], { cwd: project })
    // Each explores by itself, and replays what the first one has found.
    const found = check(`Node ${version} replay.mjs`, node, ["replay.mjs"], { cwd: project })
    codes ||= found
    checkSame(`Node ${version} finds the same schedules`, codes, found)
    const replayed = check(`Node ${version} replay.mjs <codes>`, node, ["replay.mjs", ...codes.trim().split("\n")], { cwd: project })
    checkSame(`Node ${version} replays the same schedules`, codes, replayed)
  }
} finally {
  rmSync(workplace, { recursive: true })
}
process.exitCode = failures === 0 ? 0 : 1
