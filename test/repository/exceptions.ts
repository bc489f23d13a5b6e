/** Files that may break a rule, each with the reason why. An entry that is no longer needed fails its test too. */
type Exceptions = Readonly<Record<string, string>>

/** Files of more than 400 lines. */
export const longFiles: Exceptions = {}

/** Tests that read the host's clock or wait on its timers. */
export const testsOnHostTime: Exceptions = {
  "test/explore/cli.ts": "no test but a tool, whose last line says how long it took",
  "test/explore/worker.ts": "no test but a tool, whose table says how long each exploration took",
}

/** Public names with `any` in their declared type, as `file: name`. */
export const anyInSignatures: Exceptions = {}
