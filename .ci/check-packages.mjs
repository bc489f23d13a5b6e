// Looks at the packed packages with publint and "are the types wrong".
import { spawnSync } from "node:child_process"
import { basename } from "node:path"
import { packAll } from "./pack.mjs"

let failures = 0
for (const tarball of packAll()) {
  const checks = {
    publint: spawnSync("publint", ["run", "--strict", tarball], { stdio: "inherit" }),
    // The profile leaves out the resolution of Node 10, which knows no `exports` and so no second entry point.
    attw: spawnSync("attw", ["--profile", "node16", tarball], { stdio: "inherit" }),
  }
  for (const [name, { status }] of Object.entries(checks)) {
    if (status === 0) continue
    failures += 1
    console.error(`${name} finds fault with ${basename(tarball)}.`)
  }
}
process.exitCode = failures === 0 ? 0 : 1
