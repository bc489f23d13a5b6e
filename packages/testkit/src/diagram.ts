/**
 * Diagrams: what passed between tasklets and processes as a Mermaid sequence diagram.
 *
 * Texts are the user's, and Mermaid has no quotes: all but letters, digits and a few signs become its character codes, such as `#59;`.
 */
import { describeParty, type Happening, type Party } from "./diagram-scene.ts"

/** How many happenings are drawn: the last ones. */
const MOST_HAPPENINGS = 200
/** How much of a text is drawn. */
const TEXT_LENGTH = 100
/** What stands for itself. */
const PLAIN = /^[\p{L}\p{N} _.,()[\]{}'/+=*?!|…-]$/u

const ARROWS = { call: "->>", send: "-)", answer: "-->>", lost: "-x" } as const

/** A Mermaid sequence diagram; the last note is what the run has come to. */
export function diagramOf(happenings: readonly Happening[], outcome: string): string {
  const shown = happenings.slice(-MOST_HAPPENINGS)
  const left = happenings.length - shown.length
  const parties = partiesOf(shown)
  const over = parties.size < 2 ? [...parties.values()].join("") : `P1,P${parties.size}`
  const lines = ["sequenceDiagram", ...[...parties].map(([party, id]) => `  participant ${id} as ${escaped(describeParty(party))}`)]
  if (parties.size === 0) return `${lines.join("\n")}\n  participant P1 as scenario\n  Note over P1: ${escaped(outcome)}\n`
  if (left > 0) lines.push(`  Note over ${over}: ${escaped(`${left} earlier events are left out`)}`)
  let now = shown[0]?.at ?? 0
  for (const happening of shown) {
    if (happening.at !== now) lines.push(`  Note over ${over}: ${escaped(`${happening.at} ms`)}`)
    now = happening.at
    lines.push(`  ${lineOf(happening, parties)}`)
  }
  return `${[...lines, `  Note over ${over}: ${escaped(outcome)}`].join("\n")}\n`
}

function lineOf({ from, step, style, text, to }: Happening, parties: ReadonlyMap<Party, string>): string {
  const label = escaped(`${step} ${text}`)
  return to === null ? `Note over ${parties.get(from)}: ${label}` : `${parties.get(from)}${ARROWS[style]}${parties.get(to)}: ${label}`
}

/** Their names in the diagram, in the order in which they appear. */
function partiesOf(happenings: readonly Happening[]): Map<Party, string> {
  const parties = new Map<Party, string>()
  for (const { from, to } of happenings) for (const party of [from, to]) if (party !== null && !parties.has(party)) parties.set(party, `P${parties.size + 1}`)
  return parties
}

function escaped(text: string): string {
  const characters = Array.from(text.replaceAll(/\s+/g, " ").trim())
  const shown = characters.length > TEXT_LENGTH ? [...characters.slice(0, TEXT_LENGTH - 1), "…"] : characters
  return shown.map((character) => (PLAIN.test(character) ? character : `#${character.codePointAt(0)};`)).join("")
}
