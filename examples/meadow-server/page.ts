/** The page: it needs nothing from outside, and its policy lets nothing in. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import type { Reply } from "@vivarium/net"
import { formatTree } from "@vivarium/supervision"
import { answerWith } from "./answers.ts"
import type { Site } from "./site.ts"

const template = readFileSync(new URL("page.html", import.meta.url), "utf8")

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": [
    "default-src 'none'",
    `script-src ${hashOf("script")}`,
    `style-src ${hashOf("style")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
}

/** With the tree in words, for those who run no scripts. */
export function showPage({ meadow }: Site): Reply {
  const tree = escaped(formatTree(meadow.app.top, { maxChildren: Infinity }))
  return answerWith(200, template.replace("{{tree}}", () => tree), HEADERS)
}

/** What stands between the tags is allowed, and nothing else. */
function hashOf(tag: "script" | "style"): string {
  const text = template.slice(template.indexOf(`<${tag}>`) + tag.length + 2, template.indexOf(`</${tag}>`))
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
