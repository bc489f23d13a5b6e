// The program that each module system runs with the copy of the package that it has loaded.
const assert = require("node:assert/strict")

exports.visit = function visit({ channel, run, tasklet }) {
  const flower = channel()
  const visited = []
  tasklet(function* () {
    for (let visits = 0; visits < 3; visits += 1) visited.push(yield* flower.receive())
  })
  for (const bee of ["Ada", "Bea", "Cleo"]) {
    tasklet(function* () {
      yield* flower.send(bee)
    })
  }
  run()
  assert.deepEqual(visited, ["Ada", "Bea", "Cleo"])
}

exports.live = async function live({ Actor, System }) {
  class Flower extends Actor {
    #nectar = 3
    sip() {
      return this.#nectar--
    }
  }
  const system = new System()
  const flower = system.spawn(Flower)
  assert.equal(flower.cast.sip(), true)
  assert.equal(await flower.call.sip(), 2)
  await system.stop()
  assert.equal(flower.alive, false)
}

exports.heal = async function heal({ Actor, System }, { child, supervisor }) {
  class Bee extends Actor {
    fall() {
      throw new Error("ill")
    }
  }
  const system = new System({ log: false })
  const hive = await system.start(supervisor({ children: [child(Bee, { id: "maya" })] }))
  const maya = hive.child("maya")
  await maya.call.fall().then(undefined, () => {})
  // Answered in the supervisor's turn, behind the news of the crash.
  await hive.startChild(child(Bee, { id: "willy" }))
  assert.notEqual(hive.child("maya"), maya)
  assert.equal(hive.countChildren().active, 2)
  await system.stop()
}

exports.serve = async function serve({ main }, { connect, fetchHttp, listen, reply, serveHttp }) {
  const said = await main(function* () {
    const web = yield* serveHttp({ port: 0 }, () => reply(200, "flower"))
    const echo = yield* listen({ port: 0 }, (connection) => connection.lines().each((line) => connection.write(`${line}!\n`)))
    const connection = yield* connect({ port: echo.port })
    yield* connection.write("bee\n")
    const line = yield* connection.readLine()
    yield* connection.close()
    const text = yield* (yield* fetchHttp(web.url)).text()
    yield* echo.close()
    yield* web.close()
    return [line, text]
  })
  assert.deepEqual(said, ["bee!", "flower"])
}
