/**
 * The tree: the gateway, and behind it the connection, which fails whenever the upstream does.
 *
 * It is rest_for_one: without a connection the gateway goes on, but a new gateway needs a connection that tells it so.
 */
import { named } from "@vivarium/actors"
import { child, supervisor, type SupervisorRef, type Tree } from "@vivarium/supervision"
import { Connection } from "./connection.ts"
import { Gateway, type Limits } from "./gateway.ts"
import type { Upstream } from "./upstream.ts"

export function service(upstream: Upstream, limits: Limits, tell: (news: string) => void): Tree<SupervisorRef> {
  return supervisor({
    id: "service",
    strategy: "rest_for_one",
    children: [
      child(Gateway, { id: "gateway", name: "gateway", args: [limits, tell] }),
      child(Connection, {
        id: "connection",
        args: [named(Gateway, "gateway"), upstream],
        // An outage lasts as long as it lasts. Without delays the supervisor would have given up after four attempts, within a millisecond.
        backoff: { minMs: 50, maxMs: 1000, resetAfterMs: 500 },
      }),
    ],
  })
}
