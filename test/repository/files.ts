import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The top folder of the repository, without a slash at its end. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "")

/** Paths of all files that git holds or would hold, relative to the root, with `/` on every system, sorted. */
function listFiles(): string[] {
  const options = { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 } as const
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], options)
  return listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path))).toSorted()
}

/** Every file of the repository. */
export const allFiles: readonly string[] = listFiles()

/** Our TypeScript, by place. */
export const sourceFiles = allFiles.filter((path) => /^packages\/[^/]+\/src\/.+\.ts$/.test(path))
export const testFiles = allFiles.filter((path) => /^(packages\/[^/]+\/)?test\/.+\.ts$/.test(path))
export const exampleFiles = allFiles.filter((path) => /^examples\/.+\.ts$/.test(path))

/** The text of a file named relative to the root. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8")
}

/** The package a source file belongs to: `core` for `packages/core/src/tasklet.ts`. */
export function packageOf(path: string): string {
  return path.split("/")[1] ?? path
}
