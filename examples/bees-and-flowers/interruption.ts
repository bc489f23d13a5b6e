/** Ctrl-C and its kin, as an AbortSignal. */

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

/** Why the program was stopped: the reason of the abort signal. */
export class Interruption extends Error {
  readonly signalName: keyof typeof EXIT_CODES

  constructor(signalName: keyof typeof EXIT_CODES) {
    super(`stopped by ${signalName}`)
    this.name = "Interruption"
    this.signalName = signalName
  }

  /** 128 and the signal's number, as shells report it. */
  get exitCode(): number {
    return EXIT_CODES[this.signalName]
  }
}

/** A signal that is aborted by the first SIGINT or SIGTERM. The second one finds no listener and ends the process at once. */
export function interruptionSignal(): AbortSignal {
  const controller = new AbortController()
  const stopBy = (name: NodeJS.Signals): void => {
    for (const each of ["SIGINT", "SIGTERM"] as const) process.off(each, stopBy)
    controller.abort(new Interruption(name as keyof typeof EXIT_CODES))
  }
  for (const each of ["SIGINT", "SIGTERM"] as const) process.on(each, stopBy)
  return controller.signal
}
