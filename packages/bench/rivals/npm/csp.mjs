// @thi.ng/csp: CSP channels over async functions. Its channels hold one value at least, so no rendezvous is to be had.

import { channel } from "@thi.ng/csp"
import { main, sum, sumOfTen } from "./harness.mjs"

async function pong(there, back, size) {
  for (let round = 0; round < size; round++) await back.write(await there.read())
}

async function member(inbound, outbound, index) {
  for (;;) {
    const token = await inbound.read()
    if (token === 0) return index
    await outbound.write(token - 1)
  }
}

async function node(parent, first, size) {
  if (size === 1) {
    await parent.write(first)
    return
  }
  const results = channel()
  for (let child = 0; child < 10; child++) node(results, first + (child * size) / 10, size / 10)
  let total = 0
  for (let child = 0; child < 10; child++) total += await results.read()
  await parent.write(total)
}

async function sendMany(shared, count) {
  for (let index = 0; index < count; index++) await shared.write(index)
}

async function serve(requests, size) {
  for (let served = 0; served < size; served++) {
    const { value, reply } = await requests.read()
    await reply.write(value + 1)
  }
}

async function waitFor(own) {
  await own.read()
}

await main({
  pingpong: {
    size: 500_000,
    async run(size) {
      const there = channel()
      const back = channel()
      pong(there, back, size)
      let right = 0
      for (let round = 0; round < size; round++) {
        await there.write(round)
        if ((await back.read()) === round) right++
      }
      return right
    },
    expected: (size) => size,
  },
  ring: {
    size: 500_000,
    async run(size) {
      const channels = Array.from({ length: 503 }, () => channel())
      const members = channels.map((own, index) => member(own, channels[(index + 1) % 503], index))
      await channels[0].write(size)
      return Promise.race(members)
    },
    expected: (size) => size % 503,
  },
  idle: {
    size: 50_000,
    hold(size) {
      const channels = []
      for (let created = 0; created < size; created++) {
        const own = channel()
        channels.push(own)
        waitFor(own)
      }
      return channels
    },
  },
  skynet: {
    size: 100_000,
    async run(size) {
      const root = channel()
      node(root, 0, size)
      return root.read()
    },
    expected: sum,
  },
  fanin: {
    size: 500_000,
    async run(size) {
      const shared = channel()
      for (let sender = 0; sender < 10; sender++) sendMany(shared, size / 10)
      let total = 0
      for (let index = 0; index < size; index++) total += await shared.read()
      return total
    },
    expected: sumOfTen,
  },
  "fanin-buffered": {
    size: 500_000,
    async run(size) {
      const shared = channel(100)
      for (let sender = 0; sender < 10; sender++) sendMany(shared, size / 10)
      let total = 0
      for (let index = 0; index < size; index++) total += await shared.read()
      return total
    },
    expected: sumOfTen,
  },
  ask: {
    size: 200_000,
    async run(size) {
      const requests = channel()
      const reply = channel()
      serve(requests, size)
      let right = 0
      for (let value = 0; value < size; value++) {
        await requests.write({ value, reply })
        if ((await reply.read()) === value + 1) right++
      }
      return right
    },
    expected: (size) => size,
  },
})
