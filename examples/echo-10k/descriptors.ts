/** How many files, and so sockets, a process may have open. Node cannot tell, but a shell can; and what it sets holds for the program that takes its place. */
import { execFileSync } from "node:child_process"

/** The limits of this process: the one that holds, and the one up to which it may be raised. */
export function descriptorLimits(): { readonly soft: number; readonly hard: number } {
  const [soft, hard] = execFileSync("sh", ["-c", "ulimit -Sn; ulimit -Hn"], { encoding: "utf8" }).trim().split("\n")
  return { soft: numberOf(soft), hard: numberOf(hard) }
}

function numberOf(text: string | undefined): number {
  return text === undefined || text === "unlimited" ? Infinity : Number(text)
}

/** The command that starts a program with another limit. */
export function withDescriptors(limit: number, program: string, args: readonly string[]): readonly [command: string, args: readonly string[]] {
  return ["sh", ["-c", 'ulimit -n "$0"; exec "$@"', String(limit), program, ...args]]
}
