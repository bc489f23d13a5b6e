// Async functions and a rendezvous of promises written by hand: what a program does that uses no library at all.

import { main, sum, sumOfTen } from "./harness.mjs"

class Channel {
  senders = new Waiting()
  receivers = new Waiting()

  send(value) {
    const receiver = this.receivers.take()
    if (receiver !== undefined) {
      receiver.resume(value)
      return undefined
    }
    return new Promise((resume) => this.senders.add({ value, resume, link: undefined }))
  }

  receive() {
    const sender = this.senders.take()
    if (sender !== undefined) {
      sender.resume()
      return sender.value
    }
    return new Promise((resume) => this.receivers.add({ value: undefined, resume, link: undefined }))
  }
}

/** A linked queue: `shift` of a long array would be what is measured. */
class Waiting {
  first = undefined
  last = undefined

  add(entry) {
    if (this.first === undefined) this.first = entry
    else this.last.link = entry
    this.last = entry
  }

  take() {
    const entry = this.first
    if (entry !== undefined) this.first = entry.link
    return entry
  }
}

async function pong(there, back, size) {
  for (let round = 0; round < size; round++) await back.send(await there.receive())
}

async function member(inbound, outbound, index) {
  for (;;) {
    const token = await inbound.receive()
    if (token === 0) return index
    await outbound.send(token - 1)
  }
}

async function finish(result) {
  result.value++
}

async function node(parent, first, size) {
  if (size === 1) {
    await parent.send(first)
    return
  }
  const results = new Channel()
  for (let child = 0; child < 10; child++) node(results, first + (child * size) / 10, size / 10)
  let total = 0
  for (let child = 0; child < 10; child++) total += await results.receive()
  await parent.send(total)
}

async function sendMany(channel, count) {
  for (let index = 0; index < count; index++) await channel.send(index)
}

async function serve(requests, size) {
  for (let served = 0; served < size; served++) {
    const { value, reply } = await requests.receive()
    await reply.send(value + 1)
  }
}

async function count(outbound) {
  for (let candidate = 2; ; candidate++) await outbound.send(candidate)
}

async function filter(inbound, outbound, prime) {
  for (;;) {
    const candidate = await inbound.receive()
    if (candidate % prime !== 0) await outbound.send(candidate)
  }
}

/** Waits for a value like the others, and does nothing with it. */
async function waitFor(channel) {
  await channel.receive()
}

await main({
  pingpong: {
    size: 1_000_000,
    async run(size) {
      const there = new Channel()
      const back = new Channel()
      pong(there, back, size)
      let right = 0
      for (let round = 0; round < size; round++) {
        await there.send(round)
        if ((await back.receive()) === round) right++
      }
      return right
    },
    expected: (size) => size,
  },
  ring: {
    size: 2_000_000,
    async run(size) {
      const channels = Array.from({ length: 503 }, () => new Channel())
      const members = channels.map((channel, index) => member(channel, channels[(index + 1) % 503], index))
      channels[0].send(size)
      return Promise.race(members)
    },
    expected: (size) => size % 503,
  },
  spawn: {
    size: 1_000_000,
    async run(size) {
      const result = { value: 0 }
      for (let created = 0; created < size; ) {
        const end = Math.min(created + 1_000, size)
        const batch = []
        for (; created < end; created++) batch.push(finish(result))
        await Promise.all(batch)
      }
      return result.value
    },
    expected: (size) => size,
  },
  idle: {
    size: 200_000,
    hold(size) {
      const channels = []
      for (let created = 0; created < size; created++) {
        const channel = new Channel()
        channels.push(channel)
        waitFor(channel)
      }
      return channels
    },
  },
  skynet: {
    size: 1_000_000,
    async run(size) {
      const root = new Channel()
      node(root, 0, size)
      return root.receive()
    },
    expected: sum,
  },
  fanin: {
    size: 1_000_000,
    async run(size) {
      const shared = new Channel()
      for (let sender = 0; sender < 10; sender++) sendMany(shared, size / 10)
      let total = 0
      for (let index = 0; index < size; index++) total += await shared.receive()
      return total
    },
    expected: sumOfTen,
  },
  ask: {
    size: 500_000,
    async run(size) {
      const requests = new Channel()
      const reply = new Channel()
      serve(requests, size)
      let right = 0
      for (let value = 0; value < size; value++) {
        await requests.send({ value, reply })
        if ((await reply.receive()) === value + 1) right++
      }
      return right
    },
    expected: (size) => size,
  },
  sieve: {
    size: 2_000,
    async run(size) {
      let source = new Channel()
      let prime = 0
      count(source)
      for (let found = 0; found < size; found++) {
        prime = await source.receive()
        const filtered = new Channel()
        filter(source, filtered, prime)
        source = filtered
      }
      // Nobody receives from the last channel any more, so the pipeline comes to rest by itself.
      return prime
    },
    // The default size is the only one whose last prime is known here.
    expected: () => 17_389,
  },
  timers: {
    size: 200_000,
    async run(size) {
      let seed = 1
      let woken = 0
      const sleeps = []
      for (let created = 0; created < size; created++) {
        seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
        const milliseconds = 1 + ((seed >>> 8) % 1_000)
        sleeps.push(new Promise((resume) => setTimeout(resume, milliseconds)).then(() => woken++))
      }
      await Promise.all(sleeps)
      return woken
    },
    expected: (size) => size,
  },
})
