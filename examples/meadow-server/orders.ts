/** Orders of bees: what may be posted, and what comes of it. */
import { CallError, named } from "@vivarium/actors"
import type { Routine } from "@vivarium/core"
import { BodyError, type HttpRequest, LimitError, type Reply } from "@vivarium/net"
import { z } from "zod"
import { Queen } from "../supervised-meadow/queen.ts"
import { answerJson, refuse } from "./answers.ts"
import type { Meadow } from "./meadow.ts"

const MOST_BYTES = 4_096
/** How many bees there may be in all. */
const MOST_BEES = 500

const order = z.strictObject({
  count: z.int().min(1).max(100),
  name: z
    .string()
    .trim()
    .min(1)
    .max(30)
    .regex(/^\P{C}*$/u, "must have no control characters and the like")
    .optional(),
})

/** Has the queen lay the bees that are asked for: all of them, or none. */
export function* takeOrder(request: HttpRequest, { app, chronicle, surroundings }: Meadow): Routine<Reply> {
  if (!isJson(request)) return refuse(415, "Bees are ordered by application/json, as it is.", { "accept-post": "application/json" })
  let given: unknown
  try {
    given = yield* request.json({ maxBytes: MOST_BYTES })
  } catch (error) {
    if (error instanceof LimitError) return refuse(413, `An order may have ${MOST_BYTES} bytes.`)
    if (error instanceof BodyError) return refuse(400, "An order must be JSON, and this is none.")
    throw error
  }
  const { data, error } = order.safeParse(given)
  if (error !== undefined) return answerJson(400, { error: "An order is { count: 1 to 100, name?: 1 to 30 characters }.", issues: error.issues })
  try {
    const made = yield* named(Queen, "queen", { system: app.system }).call.add(data.count, data.name, MOST_BEES)
    chronicle.note(`the queen has laid ${made.length === 1 ? made[0] : `${made.length} bees, ${made[0]} to ${made.at(-1)}`}`)
    return answerJson(201, { made, bees: surroundings.bees.length })
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    if (error.code === "refused") return refuse(409, (error.cause as Error).message)
    return refuse(503, "The queen is away just now.", { "retry-after": 1 })
  }
}

/** Forms of other sites cannot send that, unless we say that they may. */
function isJson(request: HttpRequest): boolean {
  return /^application\/json[\t ]*(;|$)/i.test(request.header("content-type") ?? "") && request.header("content-encoding") === undefined
}
