/** What the README of the conformance files says, without tasklets: a sender lets the flower run at once and goes last. */
export function expectedTrace(seed: number, flowers: number, bees: number, nectar: number): string {
  let state = BigInt(seed)
  const choose = (): number => {
    state = (state * 1_103_515_245n + 12_345n) % 2n ** 31n
    return Number((state >> 16n) % BigInt(flowers))
  }
  const lines = Array.from({ length: flowers }, (_, flower) => `flower ${flower} is listening`)
  const turns = Array.from({ length: bees }, (_, bee) => ({ bee, drops: 0, from: -1 }))
  for (const { bee, drops, from } of turns) {
    if (from >= 0) lines.push(`Bee ${bee} got nectar from Flower ${from} I now have ${drops} nectar`)
    if (drops >= nectar) continue
    const flower = choose()
    lines.push(`Flower ${flower} is giving Bee ${bee} nectar`, `flower ${flower} is listening`)
    // The loop goes on to what is pushed behind its end: this is the run queue.
    turns.push({ bee, drops: drops + 1, from: flower })
  }
  return `${lines.join("\n")}\n`
}
