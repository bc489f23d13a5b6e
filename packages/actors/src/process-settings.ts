/** The settings of a process: read once, shared by all that are spawned without options. */
import { InvalidArgumentError } from "@vivarium/core"
import { checkCount, checkOptions, readFlag } from "@vivarium/core/lowlevel"
import { MAILBOX_CAPACITY, MAILBOX_REPORT_AT, SHUTDOWN_MS } from "./limits.ts"
import { checkTimeout } from "./time-out.ts"

/**
 * What a full mailbox does with one message more. `suspend`: waiting sends and calls wait for room, first come first served, and plain
 * ones are dead letters. `fail`: calls fail with MailboxFullError, the rest are dead letters. `dropNewest`: it is dropped. `dropOldest`: the oldest
 * unread one is. A call that is dropped fails at once. No policy touches system signals.
 */
export type Overflow = "suspend" | "fail" | "dropNewest" | "dropOldest"

/** Options of a mailbox. */
export interface MailboxOptions {
  /** How many unread messages it takes, system signals not counted. Default 100,000; Infinity for no bound. */
  readonly capacity?: number
  /** What happens to one more. Default `suspend`. */
  readonly overflow?: Overflow
  /** At how many unread messages `system.events` tells `mailboxLong`. Default 10,000. */
  readonly reportAt?: number
}

export interface ProcessSettings {
  readonly flags: number
  readonly capacity: number
  readonly overflow: Overflow
  readonly reportAt: number
  readonly shutdownMs: number
  readonly validate: boolean
  readonly reentrant: boolean
}

export const DEFAULT_SETTINGS: ProcessSettings = {
  flags: 0,
  capacity: MAILBOX_CAPACITY,
  overflow: "suspend",
  reportAt: MAILBOX_REPORT_AT,
  shutdownMs: SHUTDOWN_MS,
  validate: false,
  reentrant: false,
}

const POLICIES: readonly Overflow[] = ["suspend", "fail", "dropNewest", "dropOldest"]

/** The options of which settings are made. */
export interface SettingOptions {
  readonly mailbox?: MailboxOptions | undefined
  readonly shutdownMs?: number | undefined
  readonly validate?: boolean | undefined
  readonly reentrant?: boolean | undefined
}

export function readSettings(base: ProcessSettings, options: SettingOptions): ProcessSettings {
  const { mailbox, reentrant, shutdownMs, validate } = options
  if (mailbox === undefined && shutdownMs === undefined && validate === undefined && reentrant === undefined) return base
  if (shutdownMs !== undefined) checkTimeout("shutdownMs", shutdownMs, "system.spawn(Hive, { shutdownMs: 1000 })")
  return {
    ...base,
    ...readMailbox(base, mailbox),
    shutdownMs: shutdownMs ?? base.shutdownMs,
    validate: validate === undefined ? base.validate : readFlag("validate", validate),
    reentrant: reentrant === undefined ? base.reentrant : readFlag("reentrant", reentrant),
  }
}

function readMailbox(base: ProcessSettings, mailbox: MailboxOptions | undefined): Partial<ProcessSettings> {
  if (mailbox === undefined) return {}
  checkOptions("mailbox", mailbox, ["capacity", "overflow", "reportAt"], '{ mailbox: { capacity: 1000, overflow: "suspend" } }')
  const { capacity = base.capacity, overflow = base.overflow, reportAt = base.reportAt } = mailbox
  if (capacity !== Infinity) checkCount("mailbox.capacity", capacity, 1)
  if (reportAt !== Infinity) checkCount("mailbox.reportAt", reportAt, 1)
  if (!POLICIES.includes(overflow)) throw new InvalidArgumentError("mailbox.overflow", overflow, `one of ${POLICIES.join(", ")}`)
  return { capacity, overflow, reportAt }
}
