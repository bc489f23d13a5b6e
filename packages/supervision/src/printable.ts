/** Text for people, made of what may be hostile: it never raises, and nothing in it can forge a line of a log or steer a terminal. */

const LINE_ENDS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/
/** Control characters, and those that turn the direction of writing. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu
const OUTSIDE_ASCII = /[^\x20-\x7e]/gu

/** What a function says; words for it if that raises, and text whatever it gives. */
export function inWords(words: () => unknown): string {
  try {
    return String(words())
  } catch {
    return "something that raises when it is looked at"
  }
}

/** The lines of a text, what cannot be seen made visible; no more of it than is needed. */
export function linesOf(text: string, maxLength: number): readonly string[] {
  return cut(text, maxLength).split(LINE_ENDS).map(visible)
}

/** A text without line ends, and without what cannot be seen. */
export function onOneLine(text: string, maxLength: number): string {
  return linesOf(text, maxLength).join(" ")
}

/** A text in ASCII: all else becomes escapes. */
export function inAscii(text: string): string {
  return text.replaceAll("…", "...").replace(OUTSIDE_ASCII, escaped)
}

/** At most so many characters, the last of them an ellipsis if something is missing; never half a surrogate pair. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const end = maxLength - 1
  const last = text.charCodeAt(end - 1)
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end)}…`
}

/** So many restarts. */
export function restartsInWords(count: number): string {
  return count === 1 ? "1 restart" : `${count} restarts`
}

function visible(text: string): string {
  return text.replaceAll("\t", " ").replace(UNSEEN, escaped)
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) as number).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`
}
