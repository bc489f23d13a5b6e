/** Answers: what all of them have in common. */
import { type Reply, reply, type ReplyBody, type ReplyHeaders } from "@vivarium/net"

/** Nothing is kept, guessed, framed or told to others. */
const ALWAYS: ReplyHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
}

export function answerWith(status: number, body: ReplyBody, headers: ReplyHeaders): Reply {
  return reply(status, body, { ...ALWAYS, ...headers })
}

export function answerJson(status: number, value: unknown, headers: ReplyHeaders = {}): Reply {
  return answerWith(status, `${JSON.stringify(value)}\n`, { "content-type": "application/json", ...headers })
}

/** Why something is not done. */
export function refuse(status: number, error: string, headers: ReplyHeaders = {}): Reply {
  return answerJson(status, { error }, headers)
}
