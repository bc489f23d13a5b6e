/** What classes of supervisors bring for those that are built on them. */
import { BASE, type Framework } from "@vivarium/actors/lowlevel"
import type { SupervisorBase } from "./supervisor-base.ts"

/** What a supervisor is asked to do, by name, so that errors and reports tell it. */
export type Verb = "startChild" | "terminateChild" | "restartChild" | "deleteChild" | "changeFlags" | "resize"

const VERBS: readonly Verb[] = ["startChild", "terminateChild", "restartChild", "deleteChild", "changeFlags", "resize"]

/** Makes a class of supervisors one on which others are built. */
export function markSupervisor({ prototype }: { readonly prototype: SupervisorBase }, Ref: abstract new (...args: never) => object): void {
  const framework: Framework = {
    Ref: Ref as Framework["Ref"],
    settings: { shutdownMs: Infinity, mailbox: { capacity: Infinity, reportAt: Infinity } },
    begin: prototype["~begin"],
    againstCycles: "A supervisor waits until the init of a child is done, and until one that it stops has ended. Do it afterwards: this.continueWith(() => …).",
    afterTheEnd: "its supervisor may have started another one, so look it up again, or call it by name with named()",
  }
  Object.defineProperty(prototype, BASE, { value: framework })
  for (const verb of VERBS) Object.defineProperty(prototype, verb, { value: prototype["~manage"] })
}
