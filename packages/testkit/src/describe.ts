/** Tasklets, processes, values and what is waited for, in words. What is shown is short, on one line, and never raises. */
import { inspect } from "node:util"
import type { Operation, Tasklet } from "@vivarium/core"
import { isHidden } from "@vivarium/core/lowlevel"
import type { Cell } from "@vivarium/actors/lowlevel"

/** How much of a value is shown. */
const VALUE_LENGTH = 40
const NAME_LENGTH = 60
const WAIT_LENGTH = 120
/** Control characters, line ends, and those that turn the direction of writing. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** A process by its reference, a tasklet by its name and number; a helper of a process says whose it is. */
export function describeTasklet(tasklet: Tasklet): string {
  const { id, owner } = tasklet
  if (owner !== null && owner.tasklet === tasklet) return describeProcess(owner as Cell)
  const name = nameOf(tasklet)
  const numbered = id === 1 && name === "scenario" ? name : /#\d+$/.test(name) ? name : `${name} #${id}`
  return owner === null ? numbered : `${numbered} of ${describeProcess(owner as Cell)}`
}

export function describeProcess(cell: Cell): string {
  return inWords(() => onOneLine(cell.ref.toString(), NAME_LENGTH))
}

function nameOf(tasklet: Tasklet): string {
  const { id, name } = tasklet
  if (isHidden(tasklet)) return "await"
  return name === `tasklet ${id}` ? "tasklet" : onOneLine(name, NAME_LENGTH)
}

/** What a tasklet waits for, or that it can run. */
export function describeWait(tasklet: Tasklet): string {
  return tasklet.blocked || tasklet.paused ? `waits for ${describeWaitingFor(tasklet)}` : "can run"
}

export function describeWaitingFor(tasklet: Tasklet): string {
  return inWords(() => onOneLine(tasklet.waitingFor ?? "nothing", WAIT_LENGTH))
}

export function describeOperation(operation: Operation<unknown>): string {
  return inWords(() => onOneLine(operation.describe(), WAIT_LENGTH))
}

/** A value of the user's: a few characters of it. */
export function describeValue(value: unknown): string {
  return inWords(() => onOneLine(value instanceof Error ? describeError(value) : inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 6, maxStringLength: VALUE_LENGTH }), VALUE_LENGTH))
}

/** Values as the arguments of a call. */
export function describeCall(method: string, args: unknown): string {
  return `${onOneLine(method, NAME_LENGTH)}(${Array.isArray(args) ? args.map(describeValue).join(", ") : describeValue(args)})`
}

/** What was raised: its name and message. */
export function describeError(error: unknown): string {
  return inWords(() => onOneLine(error instanceof Error ? `${error.name}${error.message === "" ? "" : `: ${error.message}`}` : `thrown: ${describeValue(error)}`, WAIT_LENGTH))
}

/** A text on one line, what cannot be seen made visible; never half a surrogate pair. */
function onOneLine(text: string, maxLength: number): string {
  const line = cut(text, 4 * maxLength).replaceAll(/\s+/g, " ").replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
  return cut(line, maxLength)
}

/** At most so many characters, the last of them an ellipsis if something is missing. */
function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const end = maxLength - 1
  const last = text.charCodeAt(end - 1)
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end)}…`
}

/** So many of something. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : /(s|ch)$/.test(noun) ? "es" : "s"}`
}

/** What a user's value says of itself, if it does not raise. */
export function inWords(words: () => unknown): string {
  try {
    return String(words())
  } catch {
    return "something that raises when it is looked at"
  }
}
