/** Files that may break a rule, each with the reason why. An entry that is no longer needed fails its test too. */
type Exceptions = Readonly<Record<string, string>>

/** Files of more than 400 lines. */
export const longFiles: Exceptions = {}

/** Tests that read the host's clock or wait on its timers. */
export const testsOnHostTime: Exceptions = {
  "packages/testkit/test/simulate.test.ts": "uses what a scenario must not use, to see it refused",
  "packages/testkit/test/uncontrolled.test.ts": "its scenarios use the host's clocks and timers, to be refused",
  "test/explore/cli.ts": "no test but a tool, whose last line says how long it took",
  "test/explore/worker.ts": "no test but a tool, whose table says how long each exploration took",
}

/** Tests that are skipped under some circumstances. */
export const skippedTests: Exceptions = {
  "test/services/with-servers.ts": "real servers are not everywhere: what needs one says so in its title; where .ci/services runs the tests, none is skipped",
}

/** Public names with `any` in their declared type, as `file: name`. */
export const anyInSignatures: Exceptions = {}
