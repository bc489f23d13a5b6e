/** The routes: what is asked for, and who answers. */
import type { Routine } from "@vivarium/core"
import type { HttpRequest, Reply } from "@vivarium/net"
import { answerJson, refuse } from "./answers.ts"
import { showEvents } from "./events.ts"
import { takeOrder } from "./orders.ts"
import { isOwnHost } from "./own-host.ts"
import { showPage } from "./page.ts"
import type { Site } from "./site.ts"

/** What can be looked at. */
const views: ReadonlyMap<string, (site: Site) => Reply> = new Map([
  ["/", showPage],
  ["/tree", (site) => answerJson(200, site.tree())],
  ["/statistics", (site) => answerJson(200, site.statistics())],
  ["/events", showEvents],
])
/** What can be posted to. */
const ORDERS = "/bees"

/** Answers one request. */
export function* answer(request: HttpRequest, site: Site): Routine<Reply> {
  const { method, path } = request
  if (!isOwnHost(request.header("host"), site.meadow.host, request.raw.socket.localAddress)) return refuse(421, "This server has another name.")
  const view = views.get(path)
  if (view === undefined && path !== ORDERS) return refuse(404, `There are ${[...views.keys(), ORDERS].join(", ")}.`)
  const allowed = view === undefined ? ["POST"] : ["GET", "HEAD"]
  if (!allowed.includes(method)) return refuse(405, `${path} takes ${allowed.join(" and ")}.`, { allow: allowed.join(", ") })
  if (view === undefined) return yield* takeOrder(request, site.meadow)
  return view(site)
}
