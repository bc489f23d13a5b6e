// Hand-written raw generators: a run queue, a rendezvous, and nothing of what a library owes its users (no misuse checks,
// no kill, no errors, no typed results). It is the bound below which a library on generators cannot go.

import { main, sum, sumOfTen } from "./harness.mjs"

class Task {
  constructor(generator) {
    this.generator = generator
    this.value = undefined
    this.link = null
  }
}

class Channel {
  constructor() {
    // Positive: senders wait. Negative: receivers wait.
    this.balance = 0
    this.first = null
    this.last = null
  }
}

let head = null
let tail = null
let current = null
/** What the last receive() that did not have to wait has taken. */
let taken

function append(task) {
  if (head === null) head = task
  else tail.link = task
  tail = task
}

function spawn(generator) {
  append(new Task(generator))
}

function run() {
  while (head !== null) {
    current = head
    head = current.link
    current.link = null
    current.generator.next(current.value)
  }
}

function wait(channel) {
  if (channel.first === null) channel.first = current
  else channel.last.link = current
  channel.last = current
}

function release(channel) {
  const task = channel.first
  channel.first = task.link
  task.link = null
  append(task)
  return task
}

/** True: the caller must yield. */
function send(channel, value) {
  if (channel.balance < 0) {
    channel.balance++
    release(channel).value = value
    return false
  }
  channel.balance++
  current.value = value
  wait(channel)
  return true
}

/** True: the caller must yield and is resumed with the value. False: the value is in `taken`. */
function receive(channel) {
  if (channel.balance > 0) {
    channel.balance--
    taken = release(channel).value
    return false
  }
  channel.balance--
  wait(channel)
  return true
}

function* ping(there, back, size, result) {
  for (let round = 0; round < size; round++) {
    if (send(there, round)) yield
    if ((receive(back) ? yield : taken) === round) result.value++
  }
}

function* pong(there, back, size) {
  for (let round = 0; round < size; round++) {
    const value = receive(there) ? yield : taken
    if (send(back, value)) yield
  }
}

function* member(inbound, outbound, index, result) {
  for (;;) {
    const token = receive(inbound) ? yield : taken
    if (token === 0) {
      result.value = index
      return
    }
    if (send(outbound, token - 1)) yield
  }
}

function* sendOnce(channel, value) {
  if (send(channel, value)) yield
}

function* finish(result) {
  result.value++
}

function* waitFor(channel) {
  if (receive(channel)) yield
}

function* node(parent, first, size) {
  if (size === 1) {
    if (send(parent, first)) yield
    return
  }
  const results = new Channel()
  for (let child = 0; child < 10; child++) spawn(node(results, first + (child * size) / 10, size / 10))
  let total = 0
  for (let child = 0; child < 10; child++) total += receive(results) ? yield : taken
  if (send(parent, total)) yield
}

function* sendMany(channel, count) {
  for (let index = 0; index < count; index++) if (send(channel, index)) yield
}

function* receiveMany(channel, count, result) {
  let total = 0
  for (let index = 0; index < count; index++) total += receive(channel) ? yield : taken
  result.value = total
}

function* serve(requests) {
  for (;;) {
    const { value, reply } = receive(requests) ? yield : taken
    if (send(reply, value + 1)) yield
  }
}

function* callOften(requests, size, result) {
  const reply = new Channel()
  for (let value = 0; value < size; value++) {
    if (send(requests, { value, reply })) yield
    if ((receive(reply) ? yield : taken) === value + 1) result.value++
  }
}

function* count(outbound) {
  for (let candidate = 2; ; candidate++) if (send(outbound, candidate)) yield
}

function* filter(inbound, outbound, prime) {
  for (;;) {
    const candidate = receive(inbound) ? yield : taken
    if (candidate % prime !== 0 && send(outbound, candidate)) yield
  }
}

function* collectPrimes(size, result) {
  let source = new Channel()
  spawn(count(source))
  for (let found = 0; found < size; found++) {
    result.value = receive(source) ? yield : taken
    const filtered = new Channel()
    spawn(filter(source, filtered, result.value))
    source = filtered
  }
  // Forgetting the queue stops the pipeline.
  head = null
}

/** Hands a fresh result to `start`, runs what it spawned and returns the result. */
const driven = (start) => (size) => {
  const result = { value: 0 }
  start(size, result)
  run()
  return result.value
}

await main({
  pingpong: {
    size: 1_000_000,
    run: driven((size, result) => {
      const there = new Channel()
      const back = new Channel()
      spawn(ping(there, back, size, result))
      spawn(pong(there, back, size))
    }),
    expected: (size) => size,
  },
  ring: {
    size: 2_000_000,
    run: driven((size, result) => {
      const channels = Array.from({ length: 503 }, () => new Channel())
      channels.forEach((channel, index) => spawn(member(channel, channels[(index + 1) % 503], index, result)))
      spawn(sendOnce(channels[0], size))
    }),
    expected: (size) => size % 503,
  },
  spawn: {
    size: 1_000_000,
    run(size) {
      const result = { value: 0 }
      for (let created = 0; created < size; ) {
        const end = Math.min(created + 1_000, size)
        for (; created < end; created++) spawn(finish(result))
        run()
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
        spawn(waitFor(channel))
      }
      run()
      return channels
    },
  },
  skynet: {
    size: 1_000_000,
    run: driven((size, result) => {
      const root = new Channel()
      spawn(node(root, 0, size))
      spawn(receiveMany(root, 1, result))
    }),
    expected: sum,
  },
  fanin: {
    size: 1_000_000,
    run: driven((size, result) => {
      const shared = new Channel()
      for (let sender = 0; sender < 10; sender++) spawn(sendMany(shared, size / 10))
      spawn(receiveMany(shared, size, result))
    }),
    expected: sumOfTen,
  },
  ask: {
    size: 500_000,
    run: driven((size, result) => {
      const requests = new Channel()
      spawn(serve(requests))
      spawn(callOften(requests, size, result))
    }),
    expected: (size) => size,
  },
  sieve: {
    size: 2_000,
    run: driven((size, result) => spawn(collectPrimes(size, result))),
    // The default size is the only one whose last prime is known here.
    expected: () => 17_389,
  },
})
