/** Which signals an application can listen to. */
import { type Place, wrong } from "./check.ts"
import { nearest } from "./nearest.ts"

/** Whoever names one of these means it, also where the platform has it not: the same program may run elsewhere. */
const PORTABLE: readonly string[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGBREAK"]
/** Nobody can listen to these. */
const DEAF: readonly string[] = ["SIGKILL", "SIGSTOP"]

/** Raises SpecError for a signal that does not exist, as far as that is known. Without it the mistake would show when the program is to end. */
export function checkSignals(signals: readonly string[], known: readonly string[] | undefined, place: Place): void {
  const possible = [...PORTABLE, ...(known ?? [])].filter((signal) => !DEAF.includes(signal))
  for (const [index, signal] of signals.entries()) {
    if (possible.includes(signal) || (known === undefined && /^SIG[A-Z0-9]+$/.test(signal) && !DEAF.includes(signal))) continue
    const meant = DEAF.includes(signal) ? undefined : (nearest(signal, possible) ?? nearest(`SIG${signal}`, possible))
    const advice = meant === undefined ? "" : ` (did you mean ${meant}?)`
    throw wrong({ ...place, example: 'application({ signals: ["SIGTERM", "SIGHUP"], … })' }, `signals.${index}`, signal, `the name of a signal that can be listened to, such as SIGHUP${advice}`)
  }
}
