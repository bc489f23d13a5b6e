import { connect, fetchHttp, type HttpResponse } from "@vivarium/net"
import { expect } from "vitest"
import { makeMeadow, type Meadow, type MeadowSettings } from "../../examples/meadow-server/meadow.ts"
import type { News } from "../../examples/meadow-server/chronicle.ts"
import type { Inhabitant, Site } from "../../examples/meadow-server/site.ts"

/** A meadow that is served in this process. */
export interface Served extends Meadow {
  readonly url: string
}

/** What an event tells. */
export interface Told {
  readonly tree: Inhabitant
  readonly statistics: ReturnType<Site["statistics"]>
  readonly news: readonly News[]
}

/** Plays a scene in a meadow that is served on a free port, by default without any trouble; afterwards nothing may be left of it. */
export async function inServedMeadow(scene: (meadow: Served) => Promise<void>, settings: Partial<MeadowSettings> = {}): Promise<void> {
  const opened = Promise.withResolvers<string>()
  const meadow = makeMeadow({ seed: 1, host: "127.0.0.1", port: 0, pace: 10, pauseMs: 1e12, ...settings }, opened.resolve)
  const { app, scheduler } = meadow
  const ended = Promise.resolve(app.run())
  try {
    const url = await Promise.race([opened.promise, ended.then(() => Promise.reject(new Error(app.outcome?.why)))])
    await scene({ ...meadow, url })
  } finally {
    await app.stop()
  }
  expect(await ended).toBe(0)
  expect(app.system.processes).toEqual([])
  expect(scheduler.statistics()).toMatchObject({ runnable: 0, blocked: 0, timers: 0, external: 0, ingress: 0, leaks: 0 })
  await expect(Promise.resolve(connect({ port: meadow.port }))).rejects.toMatchObject({ code: "connect_failed" })
}

export function getJson<T>(url: string): Promise<T> {
  return Promise.resolve(fetchHttp(url)).then((response) => response.json()) as Promise<T>
}

/** Posts a text as JSON, unless the headers say otherwise. */
export function post(url: string, body: string | Uint8Array, headers: Record<string, string> = { "content-type": "application/json" }): Promise<HttpResponse> {
  return Promise.resolve(fetchHttp(`${url}/bees`, { method: "POST", headers, body }))
}

/** One of a tree, by id. */
export function find(tree: Inhabitant, id: string): Inhabitant | undefined {
  if (tree.id === id) return tree
  for (const one of tree.children) {
    const found = find(one, id)
    if (found !== undefined) return found
  }
  return undefined
}

/** What is told by server-sent events. */
export class Watcher {
  readonly response: HttpResponse

  private constructor(response: HttpResponse) {
    this.response = response
  }

  static async open(url: string): Promise<Watcher> {
    const response = await fetchHttp(`${url}/events`)
    if (response.status !== 200) throw new Error(`no events but ${response.status}: ${await response.text()}`)
    return new Watcher(response)
  }

  /** The next event; undefined at the end. */
  async next(): Promise<Told | undefined> {
    for (;;) {
      const line = await this.response.body.readLine({ maxBytes: 1_000_000 })
      if (line === undefined) return undefined
      if (line.startsWith("data: ")) return JSON.parse(line.slice("data: ".length)) as Told
    }
  }

  /** The first event from now on for which something holds. */
  async until(holds: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const told = await this.next()
      if (told === undefined) throw new Error("the events have ended")
      if (holds(told)) return told
    }
  }
}

/** Sends bytes to a server as they are, and gives all that comes back until it closes the connection. */
export async function sendRaw(port: number, text: string): Promise<string> {
  const connection = await connect({ port })
  await connection.write(text)
  let answer = ""
  for (let chunk = await connection.read(); chunk !== undefined; chunk = await connection.read()) answer += chunk.toString("latin1")
  await connection.close()
  return answer
}

/** Asks again and again until something holds. */
export async function eventually<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (holds(answer)) return answer
  }
}
