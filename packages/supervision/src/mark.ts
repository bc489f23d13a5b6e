/** The marks by which the actors below know a class of supervisors. */
import { BASE, REF, SETTINGS } from "@vivarium/actors/lowlevel"

export function markSupervisor(Class: { readonly prototype: object }, Ref: abstract new (...args: never) => object): void {
  Object.defineProperty(Class.prototype, BASE, { value: true })
  Object.defineProperty(Class.prototype, REF, { value: Ref })
  Object.defineProperty(Class.prototype, SETTINGS, { value: { shutdownMs: Infinity, mailbox: { capacity: Infinity, reportAt: Infinity } } })
}
