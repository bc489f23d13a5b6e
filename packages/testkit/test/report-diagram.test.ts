/** The sequence diagram of a failing run: Mermaid, whatever the texts are that come in. */
import { Actor } from "@vivarium/actors"
import { channel, schedule, Scheduler, sleep, tasklet } from "@vivarium/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { diagramOf as draw } from "../src/diagram.ts"
import type { Happening } from "../src/diagram-scene.ts"
import { ExplorationError, replay, type Scenario } from "../src/index.ts"

/** Letters, digits and signs that mean nothing to Mermaid, and character codes for all else. */
const TEXT = String.raw`(?:[\p{L}\p{N} _.,()[\]{}'/+=*?!|…-]|#\d+;)+`
/** The lines of Mermaid's grammar of sequence diagrams that are used. */
const GRAMMAR = ["sequenceDiagram", String.raw` {2}participant P\d+ as ${TEXT}`, String.raw` {2}Note over P\d+(?:,P\d+)?: ${TEXT}`, String.raw` {2}P\d+(?:->>|-\)|-->>|-x)P\d+: ${TEXT}`].map(
  (line) => new RegExp(`^${line}$`, "u"),
)

const HOSTILE = ["", "end", "a; b", "#35;", "a: b", "%%{init}%%", "note over P1: x", "wrap: y", "<br/>", '"quoted"', "a\nb", "a->>b", "&amp;", "`x`", "$$y$$", "@{}", "\ud800"]

async function diagramOf(scenario: Scenario, schedule: readonly number[] = []): Promise<string> {
  const error = await replay(scenario, schedule, { diagramDirectory: false, leaks: "allow" }).then(undefined, (reason: unknown) => reason)
  if (!(error instanceof ExplorationError)) throw error
  return error.diagram
}

/** The lines that are not in the grammar, or speak of somebody who does not take part. */
function faultsOf(diagram: string): readonly string[] {
  const lines = diagram.split("\n")
  const parties = new Set(lines.flatMap((line) => /participant (P\d+)/.exec(line)?.[1] ?? []))
  const unknown = lines.filter((line) => [...(/^ {2}(?:Note over )?(P\d+)\W+(P\d+)?/.exec(line)?.slice(1) ?? [])].some((party) => party !== undefined && !parties.has(party)))
  return [...lines.slice(0, -1).filter((line) => !GRAMMAR.some((rule) => rule.test(line))), ...unknown]
}

class Flower extends Actor {
  sip(sips: number): number {
    if (sips > 5) throw new Error("empty")
    return sips
  }
}

describe("a diagram", () => {
  it("shows exchanges, messages, calls, answers, ends, time, faults and what has become of it", async () => {
    const diagram = await diagramOf(
      function* ({ check, fault, system }) {
        const flower = system.spawn(Flower)
        const box = channel<number>({ name: "box" })
        tasklet({ name: "bee" }, () => box.receive())
        yield* schedule()
        yield* box.send(1)
        yield* sleep(10)
        yield* flower.call.sip(2)
        if (fault("frost")) flower.cast.sip(7)
        yield* flower.join()
        flower.cast.sip(1)
        check("it lives", flower.alive)
      },
      [0, 0, 0, 1],
    )
    expect(diagram).toMatchInlineSnapshot(`
      "sequenceDiagram
        participant P1 as scenario
        participant P2 as Flower #35;1
        participant P3 as bee #35;3
        Note over P1: 1 spawns Flower #35;1, creates bee #35;3, gives way
        Note over P2: 2 waits for the next message
        Note over P3: 3 waits for receive on channel #34;box#34;
        P1-)P3: 4 1 on channel #34;box#34;
        Note over P3: 5 ends with 1
        Note over P1: 6 waits for sleep(10)
        Note over P1,P3: 10 ms
        P1->>P2: 7 sip(2)
        P2-->>P1: 8 2
        Note over P1: 9 fault#58; frost happened
        P1-)P2: 9 sip(7)
        Note over P2: 10 crashes with Error#58; empty
        P1-)P2: 11 sip(1)
        Note over P2: 11 sip(1) is lost, for it has ended
        Note over P1,P3: check failed#58; it lives
      "
    `)
    expect(faultsOf(diagram)).toEqual([])
  })

  it("is valid whatever names and texts look like", () => {
    const any = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes))
    const text = fc.oneof(any, fc.string(), fc.constantFrom(...HOSTILE))
    const scheduler = new Scheduler()
    fc.assert(
      fc.property(text, fc.array(fc.tuple(text, fc.constantFrom("call", "send", "answer", "lost", "note")), { maxLength: 5 }), text, (name, texts, outcome) => {
        const [one, other] = [scheduler.tasklet({ name: `${name}.` }, () => {}), scheduler.tasklet(() => {})]
        const happenings = texts.map(([words, style], at): Happening => {
          return { from: one, to: style === "note" ? null : other, style: style === "note" ? "send" : style, text: words, step: at, at }
        })
        scheduler.run()
        expect(faultsOf(draw(happenings, `${outcome}.`))).toEqual([])
      }),
    )
  })

  it.each(HOSTILE)("is valid where the user's texts are %j", async (text) => {
    const diagram = await diagramOf(function* ({ system }) {
      system.spawn(Flower, { label: text }).send(text as never)
      const box = channel<string>({ capacity: 1, name: `${text}.` })
      tasklet({ name: `${text}.` }, () => box.send(text))
      yield* box.receive()
      throw new Error(text)
    })
    expect(faultsOf(diagram)).toEqual([])
  })

  it("is of the last two hundred events of a long run, and says how many are left out", async () => {
    const diagram = await diagramOf(function* ({ check }) {
      const box = channel<number>({ name: "box" })
      tasklet({ name: "early" }, () => {})
      const reader = tasklet({ name: "reader" }, () => box.each(() => {}))
      for (let number = 0; number < 300; number++) yield* box.send(number)
      box.close()
      yield* reader
      check("never", false)
    })
    const lines = diagram.trimEnd().split("\n")
    expect(lines.slice(0, 4)).toEqual(["sequenceDiagram", "  participant P1 as reader #35;3", "  participant P2 as scenario", expect.stringMatching(/^ {2}Note over P1,P2: \d+ earlier events are left out$/)])
    expect(lines).toHaveLength(4 + 200 + 1)
    expect(faultsOf(diagram)).toEqual([])
  })

  it("can be of a run in which nothing has happened", async () => {
    const diagram = await diagramOf(({ check }) => check("never", false))
    expect(diagram).toBe("sequenceDiagram\n  participant P1 as scenario\n  Note over P1: 1 fails\n  Note over P1: check failed#58; never\n")
  })
})
