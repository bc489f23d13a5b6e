// Packs the public packages the way they are published. `pnpm pack` and not `npm pack`: only the former applies publishConfig.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

/** The manifests of our packages that are published, each with its folder. */
function publicPackages() {
  return readdirSync(join(root, "packages"))
    .map((name) => join(root, "packages", name))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) }))
    .filter(({ manifest }) => manifest.private !== true)
}

/** Packs every public package into a folder that goes away with this process, and returns the paths of the tarballs. */
export function packAll() {
  const destination = mkdtempSync(join(tmpdir(), "vivarium-pack-"))
  process.on("exit", () => rmSync(destination, { recursive: true }))
  for (const { folder } of publicPackages()) {
    execFileSync("pnpm", ["pack", "--pack-destination", destination], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
  }
  return readdirSync(destination).map((name) => join(destination, name))
}
