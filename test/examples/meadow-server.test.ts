// Real sockets, real time and, in the end, real processes: that is why tests here are slow.
import { createHash } from "node:crypto"
import { ExitReason } from "@vivarium/actors"
import { Scheduler, sleep } from "@vivarium/core"
import { connect, fetchHttp } from "@vivarium/net"
import { describe, expect, it, onTestFinished } from "vitest"
import { makeMeadow } from "../../examples/meadow-server/meadow.ts"
import { readCommand } from "../../examples/meadow-server/options.ts"
import { PacedClock } from "../../examples/meadow-server/paced-clock.ts"
import type { Inhabitant } from "../../examples/meadow-server/site.ts"
import { read } from "../repository/files.ts"
import { start } from "./program.ts"
import { eventually, find, getJson, inServedMeadow, post, Watcher } from "./served-meadow.ts"

const aMinute = { timeout: 60_000 }
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> }
const command = String(scripts["start:serve"])

type Statistics = Awaited<ReturnType<Watcher["until"]>>["statistics"]

describe("the page", () => {
  it("needs nothing from outside, and its policy lets nothing in but its own script and style", aMinute, () =>
    inServedMeadow(async ({ url }) => {
      const response = await fetchHttp(url)
      const html = await response.text()
      const policy = String(response.header("content-security-policy"))
      expect(response.status).toBe(200)
      expect(response.header("content-type")).toBe("text/html; charset=utf-8")
      expect(policy).toMatch(/^default-src 'none'; /)
      for (const tag of ["script", "style"]) {
        const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html)?.[1] ?? ""
        expect(text).not.toBe("")
        expect(policy).toContain(`${tag}-src 'sha256-${createHash("sha256").update(text).digest("base64")}'`)
      }
      expect(html.match(/<script|<style| on\w+=/g)).toEqual(["<style", "<script"])
      expect(html.match(/(src|href)="(?!data:)/g)).toBeNull()
    }),
  )

  it("has the tree in words for those without scripts, and names in it are text", aMinute, () =>
    inServedMeadow(async ({ url }) => {
      await post(url, JSON.stringify({ count: 1, name: "<script>alert('&')</script>" }))
      const html = await (await fetchHttp(url)).text()
      expect(html).toContain("meadow: supervisor #1, one_for_one")
      expect(html).toContain("bee &#60;script&#62;alert(&#39;&#38;&#39;)&#60;/script&#62;")
      expect(html).not.toContain("<script>alert")
    }),
  )
})

describe("the tree", () => {
  it("has all who live there, the server among them", aMinute, () =>
    inServedMeadow(async ({ url }) => {
      const tree = await getJson<Inhabitant>(`${url}/tree`)
      const shape = (node: Inhabitant, depth: number): unknown => (depth === 0 ? node.children.length : { [node.id]: node.children.map((child) => (child.kind === "worker" ? child.id : shape(child, depth - 1))) })
      expect(shape(tree, 2)).toEqual({ meadow: [{ hive: ["weather", 12, 100, "queen"] }, "trouble", "server"] })
      expect(find(tree, "bee 7")).toEqual({ id: "bee 7", what: "Bee", kind: "worker", state: "running", restarts: 0, process: expect.any(Number), restartsInMs: null, children: [] })
      expect(find(tree, "server")).toMatchObject({ what: "MeadowServer", kind: "worker", state: "running" })
    }),
  )

  it("shows a bee that was killed: it waits, under its own name, and comes back", aMinute, () =>
    inServedMeadow(
      async ({ app, url }) => {
        const watcher = await Watcher.open(url)
        expect(watcher.response.header("content-type")).toBe("text/event-stream")
        const before = find((await watcher.until(() => true)).tree, "bee 3")
        app.system.whereis("bee 3")?.exit(ExitReason.kill)
        const waiting = await eventually(() => getJson<Inhabitant>(`${url}/tree`), (tree) => find(tree, "bee 3")?.state === "restarting")
        expect(find(waiting, "bee 3")).toMatchObject({ process: null, restartsInMs: expect.any(Number), restarts: 0 })
        expect(find(waiting, "bee 4")).toMatchObject({ state: "running", restartsInMs: null })
        const { news, statistics, tree } = await watcher.until((told) => find(told.tree, "bee 3")?.restarts === 1)
        expect(find(tree, "bee 3")).toMatchObject({ state: "running", restartsInMs: null })
        expect(find(tree, "bee 3")?.process).toBeGreaterThan(Number(before?.process))
        expect(statistics.meadow).toMatchObject({ crashes: 1, restarts: 1 })
        expect(news.map(({ level, text }) => [level, text.replace(/\d+ ms/, "some ms")])).toEqual([
          ["error", "bee 3 has ended: killed, and comes again in some ms"],
          ["info", "bee 3 is back"],
        ])
      },
      { pace: 20 },
    ),
  )
})

describe("the statistics", () => {
  it("have the counters of the meadow, the system, the scheduler and the server", aMinute, () =>
    inServedMeadow(async ({ url }) => {
      await fetchHttp(`${url}/nowhere`)
      const { http, meadow, scheduler, system } = await getJson<Statistics>(`${url}/statistics`)
      expect(meadow).toMatchObject({ seed: 1, bees: 100, flowers: 12, crashes: 0, faults: { hits: 0 } })
      expect(system).toMatchObject({ processes: 120, crashed: 0 })
      expect(scheduler.created).toBeGreaterThan(120)
      expect(http).toMatchObject({ requests: 2, active: 1, failed: 0, refused: 0, watchers: 0 })
    }),
  )

  it("come out even: each drop is somewhere, however many have ended", aMinute, () =>
    inServedMeadow(
      async ({ url }) => {
        const watcher = await Watcher.open(url)
        const { meadow } = (await watcher.until(({ statistics }) => statistics.meadow.crashes > 20)).statistics
        const { carried, delivered, grown, inFlowers, lostWithBees, lostWithFlowers, spilt } = meadow.nectar
        expect(grown).toBe(carried + delivered + inFlowers + lostWithBees + lostWithFlowers + spilt)
        expect(grown).toBeGreaterThan(0)
      },
      { pace: 2, pauseMs: 20 },
    ),
  )
})

describe("bees by post", () => {
  it("hatch, are told of by events, and belong to the hive from then on", aMinute, () =>
    inServedMeadow(async ({ app, url }) => {
      const watcher = await Watcher.open(url)
      expect((await watcher.until(() => true)).statistics.meadow.bees).toBe(100)
      const response = await post(url, JSON.stringify({ count: 2, name: " Maya " }))
      expect(response.status).toBe(201)
      expect(await response.json()).toEqual({ made: ["bee Maya", "bee Maya 2"], bees: 102 })
      expect(await (await post(url, JSON.stringify({ count: 1 }))).json()).toEqual({ made: ["bee 102"], bees: 103 })
      expect(await (await post(url, JSON.stringify({ count: 1, name: "Maya" }))).json()).toEqual({ made: ["bee Maya 3"], bees: 104 })
      const told = await watcher.until(({ statistics }) => statistics.meadow.bees === 104)
      expect(find(told.tree, "bees")?.children.slice(100).map(({ id, state }) => [id, state])).toEqual(["bee Maya", "bee Maya 2", "bee 102", "bee Maya 3"].map((id) => [id, "running"]))
      expect(told.news.map(({ text }) => text)).toEqual(["the queen has laid 2 bees, bee Maya to bee Maya 2", "the queen has laid bee 102", "the queen has laid bee Maya 3"])
      // With the weather all go down; the queen lays anew whoever belonged to the hive.
      app.system.whereis("weather")?.exit(ExitReason.kill)
      const after = await watcher.until(({ tree }) => find(tree, "weather")?.restarts === 1 && find(tree, "bees")?.children.length === 104)
      expect(find(after.tree, "bee Maya 2")).toMatchObject({ state: "running", restarts: 1 })
    }),
  )

  it("are all made or none: there is a bound", aMinute, () =>
    inServedMeadow(async ({ url }) => {
      for (let bees = 200; bees <= 500; bees += 100) expect(await (await post(url, '{"count":100}')).json()).toMatchObject({ bees })
      const refused = await post(url, '{"count":1}')
      expect(refused.status).toBe(409)
      expect(await refused.json()).toEqual({ error: "500 bees are there already, and 500 are the most that there may be" })
      const watcher = await Watcher.open(url)
      expect(find((await watcher.until(() => true)).tree, "bees")?.children.length).toBe(500)
    }),
  )

  it("have to wait while there is no queen", aMinute, () =>
    inServedMeadow(async ({ app, url }) => {
      app.system.unregister("queen")
      const response = await post(url, '{"count":1}')
      expect([response.status, response.header("retry-after"), await response.json()]).toEqual([503, "1", { error: "The queen is away just now." }])
    }),
  )
})

describe("the server", () => {
  it.for([ExitReason.kill, ExitReason.error(new Error("a bug"))])("comes back on the same port after its end, and its streams are ended: %o", aMinute, (reason) =>
    inServedMeadow(async ({ app, url }) => {
      const watcher = await Watcher.open(url)
      await watcher.next()
      const back = Promise.withResolvers<void>()
      app.system.events.on("supervisor", ({ context, offender }) => {
        if (context === "child_restarted" && offender?.id === "server") back.resolve()
      })
      app.system.whereis("server")?.exit(reason)
      while ((await watcher.next()) !== undefined);
      await back.promise
      expect(find(await getJson<Inhabitant>(`${url}/tree`), "server")).toMatchObject({ state: "running", restarts: 1 })
    }),
  )

  it("shuts down with streams open, which are ended in order", aMinute, async () => {
    let watchers: Watcher[] = []
    await inServedMeadow(async ({ url }) => {
      watchers = await Promise.all(Array.from({ length: 5 }, () => Watcher.open(url)))
      for (const watcher of watchers) await watcher.next()
    })
    for (const watcher of watchers) while ((await watcher.next()) !== undefined);
    expect(process.getActiveResourcesInfo()).not.toContain("TCPServerWrap")
  })

  it("forgets a watcher who has gone, and has room for so many", aMinute, () =>
    inServedMeadow(async ({ url }) => {
      const watchers = await Promise.all(Array.from({ length: 64 }, () => Watcher.open(url)))
      const refused = await fetchHttp(`${url}/events`)
      expect([refused.status, await refused.json()]).toEqual([503, { error: "64 look on already." }])
      for (const { response } of watchers) response[Symbol.dispose]()
      await eventually(() => getJson<Statistics>(`${url}/statistics`), ({ http }) => http.watchers === 0)
      const watcher = await Watcher.open(url)
      expect((await watcher.next())?.statistics.http).toMatchObject({ watchers: 1, failed: 0 })
    }),
  )

  it("tells why it cannot be started, where its port is taken", aMinute, () =>
    inServedMeadow(async ({ port }) => {
      const { app } = makeMeadow({ seed: 1, host: "127.0.0.1", port }, () => {})
      const error: unknown = await Promise.resolve(app.start()).then(undefined, (found: unknown) => found)
      expect((error as Error).message).toContain(`cannot listen on 127.0.0.1:${port}: the address is in use`)
      expect((await app.stop()).code).toBe(1)
    }),
  )
})

describe("the story", () => {
  /** The first reports of a meadow, with their times. */
  async function story(seed: number): Promise<string[]> {
    const reports: string[] = []
    await inServedMeadow(
      async ({ app }) => {
        const enough = Promise.withResolvers<void>()
        app.system.events.on("supervisor", ({ at, context, offender }) => {
          reports.push(`${at} ${context} ${String(offender?.id)}`)
          if (reports.length === 100) enough.resolve()
        })
        await enough.promise
      },
      { seed, pace: 1, pauseMs: 10 },
    )
    return reports.slice(0, 100)
  }

  it("is the same for the same seed, to the fraction of a millisecond, though it goes with the host's time", aMinute, async () => {
    const [one, two, other] = [await story(5), await story(5), await story(6)]
    expect(one).toEqual(two)
    expect(one).not.toEqual(other)
  })

  it("has a clock on which things happen exactly when they are due, in their order", async () => {
    const scheduler = new Scheduler({ clock: new PacedClock() })
    const times: number[] = []
    await scheduler.main(function* () {
      const sleepers = [3.25, 1, 2, 1.5].map((ms) =>
        scheduler.tasklet(function* () {
          yield* sleep(ms)
          times.push(scheduler.clock.now())
        }),
      )
      for (const one of sleepers) yield* one
    })
    expect(times).toEqual([1, 1.5, 2, 3.25])
  })
})

describe("the command line", () => {
  it("has defaults: loopback, and a port and a seed of its own", () => {
    expect(readCommand([])).toEqual({ kind: "run", settings: { host: "127.0.0.1", port: 7070, seed: 1 } })
    expect(readCommand(["--", "--host", "[::1]", "--port=0", "--seed", "9"])).toEqual({ kind: "run", settings: { host: "::1", port: 0, seed: 9 } })
    expect(readCommand(["--host", "meadow.local"])).toMatchObject({ settings: { host: "meadow.local" } })
  })

  it.for([
    [["--port"], "--port needs a value: an integer from 0 to 65535."],
    [["--port", "--seed"], "--port needs a value: an integer from 0 to 65535."],
    [["--port", "65536"], '--port must be an integer from 0 to 65535, got "65536".'],
    [["--port", "-1"], '--port must be an integer from 0 to 65535, got "-1".'],
    [["--port="], '--port must be an integer from 0 to 65535, got "".'],
    [["--seed", "1.5"], '--seed must be an integer from 0 to 2^53 - 1, got "1.5".'],
    [["--host", "a b"], '--host must be a name or an address of this machine, got "a b".'],
    [["--host", "http://localhost"], '--host must be a name or an address of this machine, got "http://localhost".'],
    [["--prot", "1"], 'Unknown flag "--prot". Allowed are --host, --port, --seed and --help.'],
    [["-p", "1"], 'Unknown flag "-p". Allowed are --host, --port, --seed and --help.'],
    [["--help=yes"], 'Unknown flag "--help". Allowed are --host, --port, --seed and --help.'],
    [["8080"], 'This program takes flags only, got "8080".'],
  ] as const)("refuses %j", ([argv, problem]) => {
    expect(readCommand(argv)).toEqual({ kind: "refused", text: `${problem}\n--help explains them all.` })
  })

  it("ends with 2 for what is not allowed, and with 0 after its help", aMinute, async () => {
    expect(await start(command, ["--port", "x"]).ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^--port must be /) })
    expect(await start(command, ["--help"]).ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/--host NAME .*--port N .*--seed N /s), stderr: "" })
  })

  it.for(["SIGINT", "SIGTERM"] as const)("serves until %s, then closes what is open, and ends with 0", aMinute, async (name) => {
    const { child, ended, printed } = start(command, ["--port", "0", "--seed", "3"])
    onTestFinished(() => void child.kill("SIGKILL"))
    let text = ""
    child.stdout?.on("data", (chunk: string) => (text += chunk))
    await printed("stdout", /Ctrl-C/)
    const url = /http:\S+/.exec(text)?.[0] ?? ""
    const watcher = await Watcher.open(url)
    expect((await watcher.next())?.statistics.meadow.seed).toBe(3)
    const idle = await connect({ port: Number(new URL(url).port) })
    child.kill(name)
    expect(await ended).toEqual({
      code: 0,
      signal: null,
      stdout: `The supervised meadow lives on ${url} with seed 3. Ctrl-C ends it.\nStopped by ${name}: the server has closed, and the meadow has shut down in order.\n`,
      stderr: "",
    })
    while ((await watcher.next()) !== undefined);
    expect(await idle.read()).toBeUndefined()
    await idle.close()
  })
})
