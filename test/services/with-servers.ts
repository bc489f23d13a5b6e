/** Tests against real servers, which not every machine has. */
import { describe } from "vitest"

/**
 * Tests that need the servers whose addresses are in these variables of the environment. Without them they are skipped, and their title says why;
 * never where `VIVARIUM_SERVICES=required`. Servers that happen to run on this machine are left alone: they are somebody's.
 */
export function describeWithServers(name: string, variables: readonly string[], tests: (...addresses: string[]) => void): void {
  const missing = variables.filter((variable) => process.env[variable] === undefined).join(", ")
  if (missing !== "" && process.env["VIVARIUM_SERVICES"] === "required") throw new Error(`${name}: a server is required, but the environment does not say where: ${missing}`)
  const reason = missing === "" ? "" : ` (skipped without ${missing}; .ci/services starts a server and sets it)`
  describe.skipIf(missing !== "")(`${name}${reason}`, { timeout: 30_000 }, () => {
    tests(...variables.map((variable) => process.env[variable] as string))
  })
}
