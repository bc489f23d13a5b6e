/** Ctrl-C and its kin, as an AbortSignal. */

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const
const SIGNALS = ["SIGINT", "SIGTERM"] as const

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

/** Aborts its signal on the first SIGINT or SIGTERM. The second one finds no listener and ends the process at once. */
export class InterruptionListener {
  readonly #controller = new AbortController()

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#stop)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Leaves the signals to somebody else. */
  release(): void {
    for (const name of SIGNALS) process.off(name, this.#stop)
  }

  readonly #stop = (name: NodeJS.Signals): void => {
    this.release()
    this.#controller.abort(new Interruption(name as keyof typeof EXIT_CODES))
  }
}
