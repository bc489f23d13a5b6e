/** Server-sent events: the state of the meadow, again and again, for as long as somebody looks on. */
import { type Routine, select, sleep } from "@vivarium/core"
import type { BodyWriter, Reply } from "@vivarium/net"
import { answerWith, refuse } from "./answers.ts"
import type { Site } from "./site.ts"

const EVERY_MS = 500
/** How long somebody may take nothing. */
const PATIENCE_MS = 10_000
const MOST_WATCHERS = 64

export function showEvents(site: Site): Reply {
  if (site.watchers >= MOST_WATCHERS) return refuse(503, `${MOST_WATCHERS} look on already.`, { "retry-after": 5 })
  return answerWith(200, (body: BodyWriter) => tell(body, site), { "content-type": "text/event-stream" })
}

/** It ends when the server closes; when its client goes away, or takes nothing for long, it is killed. One who is slow is told less often. */
function* tell(body: BodyWriter, site: Site): Routine {
  site.watchers++
  try {
    yield* body.write("retry: 1000\n\n")
    do yield* body.write(`event: meadow\ndata: ${site.state()}\n\n`, { timeoutMs: PATIENCE_MS })
    while ((yield* select({ closing: site.server.closing, pause: sleep(EVERY_MS) }, { priority: true })).key === "pause")
  } finally {
    site.watchers--
  }
}
