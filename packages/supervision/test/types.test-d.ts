import { Actor, type ActorConstructor, Agent, EventManager, ignore, keep, next, type Process, type Ref, StateMachine, stop, System, Task } from "@vivarium/actors"
import { type Operation, type Routine, sleep } from "@vivarium/core"
import {
  child, type ChildCounts, type ChildId, type ChildInfo, type ChildLike, ChildSpec, ChildStarted, DynamicSupervisor, dynamicSupervisor, type DynamicSupervisorRef, partialChild, type StartHost, Supervisor, supervisor, SupervisorRef, type SupervisorReport, type SupervisorTree, type Tree,
} from "@vivarium/supervision"
import { describe, expectTypeOf, it } from "vitest"

interface Order {
  readonly bees: number
}

class Queen extends Actor {
  lay() {
    return 1
  }
}
class Bee extends Actor {
  init(_name: string, _age = 1) {}
  greet() {
    return "hello"
  }
}
class Choosy extends Actor {
  init(season: string) {
    return season === "winter" ? ignore : undefined
  }
}
class ChoosyLater extends Actor {
  async init() {
    return ignore
  }
}
class ChoosyWaiting extends Actor {
  *init(): Routine<typeof ignore | undefined> {
    yield* sleep(1)
    return undefined
  }
}
class Strict extends Actor {
  *init() {
    yield* sleep(1)
    return stop()
  }
}
class Door extends StateMachine<"open" | "closed"> {
  init() {
    return next("closed")
  }
  handle() {
    return keep()
  }
}
class Hive extends Supervisor {
  init(bees: number) {
    return { strategy: "one_for_all", children: [child(Bee, { args: [`${bees}`] })] } as const
  }
}
class Bees extends DynamicSupervisor {
  init() {
    return { maxChildren: 10 }
  }
}

function* forage(self: Process<Order>, from: string): Routine {
  void [yield* self.receive(), from]
}
function* wait(_self: Process) {
  yield* sleep(1)
}
function* starless(_self: Process) {
  yield sleep(1)
}

declare const system: System
declare const top: SupervisorRef
declare const bees: DynamicSupervisorRef
/** Never run: what the compiler says is the test. */
const expectOfTypes = (_body: () => unknown) => {}

describe("child()", () => {
  it("wants the arguments that init wants, and refuses others", () => {
    expectOfTypes(() => {
      child(Queen)
      child(Queen, {})
      child(Queen, { args: [] })
      child(Bee, { args: ["Maya"] })
      child(Bee, { args: ["Maya", 2], id: "maya" })
      // @ts-expect-error init needs an argument
      child(Bee)
      // @ts-expect-error init needs an argument
      child(Bee, { id: "maya" })
      // @ts-expect-error no argument is missing
      child(Bee, { args: [] })
      // @ts-expect-error it is no text
      child(Bee, { args: [5] })
      // @ts-expect-error one too many
      child(Bee, { args: ["Maya", 2, 3] })
      // @ts-expect-error there is no init
      child(Queen, { args: [1] })
      // @ts-expect-error a tree has all in itself
      child(supervisor(), { args: [1] })
      // @ts-expect-error a first state is needed
      child(Agent<number>)
    })
  })

  it("wants the arguments of a body behind self", () => {
    expectOfTypes(() => {
      child(wait)
      child(forage, { args: ["rose"] })
      child(async (_self: Process) => {})
      child((_self: Process, _n?: number) => 5)
      // @ts-expect-error an argument is missing
      child(forage)
      // @ts-expect-error it is no text
      child(forage, { args: [5] })
      // @ts-expect-error a star is missing
      child(starless)
      // @ts-expect-error the function is wanted, not what it returned
      child(wait(null as never))
    })
  })

  it("knows which reference comes of it; undefined only where init may choose not to start", () => {
    expectTypeOf(child(Queen)).toEqualTypeOf<ChildSpec<Ref<Queen>>>()
    expectTypeOf(child(Bee, { args: ["Maya"] })).toEqualTypeOf<ChildSpec<Ref<Bee>>>()
    expectTypeOf(child(Strict)).toEqualTypeOf<ChildSpec<Ref<Strict>>>()
    expectTypeOf(child(Choosy, { args: ["winter"] })).toEqualTypeOf<ChildSpec<Ref<Choosy> | undefined>>()
    expectTypeOf(child(ChoosyLater)).toEqualTypeOf<ChildSpec<Ref<ChoosyLater> | undefined>>()
    expectTypeOf(child(ChoosyWaiting)).toEqualTypeOf<ChildSpec<Ref<ChoosyWaiting> | undefined>>()
    expectTypeOf(child(Door)).toEqualTypeOf<ChildSpec<Ref<Door>>>()
    expectTypeOf(child(Agent<number>, { args: [() => 0] })).toEqualTypeOf<ChildSpec<Ref<Agent<number>>>>()
    expectTypeOf(child(EventManager<string>)).toEqualTypeOf<ChildSpec<Ref<EventManager<string>>>>()
    expectTypeOf(child(forage, { args: ["rose"] })).toEqualTypeOf<ChildSpec<Ref<Process<Order>>>>()
    expectTypeOf(child(Task, { args: [(n: number) => n, 1] })).toEqualTypeOf<ChildSpec<Ref<Process>>>()
    expectTypeOf(child(supervisor())).toEqualTypeOf<ChildSpec<SupervisorRef>>()
    expectTypeOf(child(dynamicSupervisor())).toEqualTypeOf<ChildSpec<DynamicSupervisorRef>>()
    expectTypeOf(child(Hive, { args: [3] })).toEqualTypeOf<ChildSpec<SupervisorRef<Hive>>>()
    expectTypeOf(child({ what: Queen })).toEqualTypeOf<ChildSpec<Ref<unknown> | undefined>>()
  })

  it("refuses options that are none", () => {
    expectOfTypes(() => {
      child(Queen, { id: Symbol("queen"), restart: "transient", shutdownMs: "brutal_kill", significant: true, backoff: { minMs: 1 }, name: "queen", label: "q", mailbox: { capacity: 5 }, startTimeoutMs: 5 })
      // @ts-expect-error no such option
      child(Queen, { nmae: "queen" })
      // @ts-expect-error no such restart
      child(Queen, { restart: "always" })
      // @ts-expect-error no such shutdown
      child(Queen, { shutdownMs: "brutal" })
      // @ts-expect-error what Erlang calls it
      child(Queen, { shutdown: 5000 })
      // @ts-expect-error no id
      child(Queen, { id: {} })
      // @ts-expect-error no such delay
      child(Queen, { backoff: { min: 5 } })
      // @ts-expect-error no flag
      child(Queen, { significant: 1 })
      // @ts-expect-error no such policy
      child(Queen, { mailbox: { overflow: "drop" } })
      // @ts-expect-error no class of actors
      child(class {})
      // @ts-expect-error a reference is no class
      child(top)
      // @ts-expect-error a promise
      child(Promise.resolve(Queen))
      // @ts-expect-error an array belongs into a list of children
      child([Bee, "Maya"])
      // @ts-expect-error no such field
      child({ what: Queen, nmae: "queen" })
      // @ts-expect-error the function of a task comes first
      child(Task, { args: [5] })
      // @ts-expect-error a task needs a function
      child(Task, { args: [] })
    })
  })
})

describe("partialChild()", () => {
  it("takes some of the arguments, which are not checked, but all else is", () => {
    expectTypeOf(partialChild(Bee)).toEqualTypeOf<ChildSpec<Ref<Bee>>>()
    expectTypeOf(partialChild(Choosy, { args: [] })).toEqualTypeOf<ChildSpec<Ref<Choosy> | undefined>>()
    expectOfTypes(() => {
      partialChild(Bee, { args: [5, 6, 7], restart: "temporary" })
      partialChild(forage)
      // @ts-expect-error no such option
      partialChild(Bee, { nmae: "bee" })
      // @ts-expect-error arguments are an array
      partialChild(Bee, { args: "Maya" })
      // @ts-expect-error a star is missing
      partialChild(starless)
    })
  })
})

describe("lists of children", () => {
  it("take specs, trees, what needs no arguments, a class with its argument, and plain objects", () => {
    expectOfTypes(() => {
      supervisor({ children: [Queen, wait, async () => {}, () => {}, () => 5, (_self) => sleep(1), child(Bee, { args: ["Maya"] }), supervisor(), dynamicSupervisor(), [Bee, "Maya"], [Task, () => {}], { what: Queen, id: "q" }, { id: "s", start: () => ignore }] })
      supervisor({ children: [function* (self) { expectTypeOf(self).toEqualTypeOf<Process>(); yield* sleep(1) }] })
      supervisor({ children: [Bees, Agent, EventManager, Choosy].slice(0, 0) as ChildLike[] })
      supervisor({ children: [EventManager<string>, ChoosyLater] })
      // @ts-expect-error init needs an argument
      supervisor({ children: [Bee] })
      // @ts-expect-error the body needs an argument
      supervisor({ children: [forage] })
      // @ts-expect-error its init needs an argument
      supervisor({ children: [Hive] })
      // @ts-expect-error a star is missing
      supervisor({ children: [starless] })
      // @ts-expect-error more than one argument
      supervisor({ children: [[Bee, "Maya", 2]] })
      // @ts-expect-error a class alone needs no array
      supervisor({ children: [[Bee]] })
      // @ts-expect-error what is left out by && is false
      supervisor({ children: [Queen, Math.random() > 0.5 && Queen] })
      // @ts-expect-error no such field
      supervisor({ children: [{ what: Queen, nmae: "queen" }] })
      // @ts-expect-error a reference is running already
      supervisor({ children: [top] })
      // @ts-expect-error Task needs a function
      supervisor({ children: [Task] })
    })
  })
})

describe("trees", () => {
  it("are values that are typed by what comes of them", () => {
    expectTypeOf(supervisor()).toEqualTypeOf<Tree<SupervisorRef>>()
    expectTypeOf(dynamicSupervisor()).toEqualTypeOf<Tree<DynamicSupervisorRef>>()
    expectTypeOf(system.start(supervisor())).toEqualTypeOf<Operation<SupervisorRef>>()
    expectTypeOf(system.spawn(dynamicSupervisor())).toEqualTypeOf<DynamicSupervisorRef>()
    expectTypeOf(system.start(supervisor(), { name: "hive" })).toEqualTypeOf<Operation<SupervisorRef>>()
    class Keeper extends Actor {
      *init() {
        expectTypeOf(yield* this.start(supervisor())).toEqualTypeOf<SupervisorRef>()
        expectTypeOf(yield* this.startLink(Hive, { args: [3] })).toEqualTypeOf<SupervisorRef<Hive>>()
      }
    }
    void Keeper
  })

  it("refuse flags that are none", () => {
    expectOfTypes(() => {
      supervisor({ id: "hive", name: "hive", strategy: "rest_for_one", maxRestarts: Infinity, withinMs: 5, autoShutdown: "any_significant", restart: "transient" })
      dynamicSupervisor({ maxChildren: 5, extraArguments: [1], child: partialChild(Bee), maxRestarts: 5 })
      // @ts-expect-error that is a dynamic supervisor here
      supervisor({ strategy: "simple_one_for_one" })
      // @ts-expect-error what Erlang calls it
      supervisor({ intensity: 1 })
      // @ts-expect-error no such flag
      dynamicSupervisor({ strategy: "one_for_one" })
      // @ts-expect-error a list
      supervisor({ children: Queen })
      // @ts-expect-error no such auto-shutdown
      supervisor({ autoShutdown: "always" })
      // @ts-expect-error a tree has its arguments in itself
      void system.start(supervisor(), { args: [1] })
    })
  })

  it("have a class form, whose init takes arguments and says what may be returned", () => {
    expectTypeOf(system.start(Hive, { args: [3] })).toEqualTypeOf<Operation<SupervisorRef<Hive>>>()
    expectTypeOf(system.start(Bees)).toEqualTypeOf<Operation<DynamicSupervisorRef<Bees>>>()
    expectTypeOf<ActorConstructor<Hive>>().toExtend<ActorConstructor>()
    expectOfTypes(() => {
      // @ts-expect-error init needs an argument
      void system.start(Hive)
      // @ts-expect-error it is no number
      void system.start(Hive, { args: ["3"] })
      // @ts-expect-error it has no init of its own
      void system.start(Supervisor)
      // @ts-expect-error init is missing
      class Without extends Supervisor {}
      void Without
    })
  })

  it("refuse a result of init that is none", () => {
    expectOfTypes(() => {
      class Nothing extends Supervisor {
        // @ts-expect-error no flags
        init() {
          return 5
        }
      }
      class Misspelt extends Supervisor {
        // @ts-expect-error no such strategy
        init() {
          return { strategy: "one-for-one" as const }
        }
      }
      class Later extends Supervisor {
        async init() {
          return { children: [Queen] }
        }
      }
      class Waiting extends DynamicSupervisor {
        *init() {
          yield* sleep(1)
          return Math.random() > 0.5 ? ignore : { maxChildren: 5 }
        }
      }
      class Starless extends DynamicSupervisor {
        // @ts-expect-error a star is missing
        *init() {
          yield sleep(1)
          return {}
        }
      }
      void [Nothing, Misspelt, Later, Waiting, Starless]
    })
  })
})

describe("references of supervisors", () => {
  it("give typed references of what they start", () => {
    expectTypeOf(top.startChild(child(Bee, { args: ["Maya"] }))).toEqualTypeOf<Operation<Ref<Bee>>>()
    expectTypeOf(top.startChild(child(Choosy, { args: ["winter"] }))).toEqualTypeOf<Operation<Ref<Choosy> | undefined>>()
    expectTypeOf(top.startChild(Queen)).toEqualTypeOf<Operation<Ref<Queen>>>()
    expectTypeOf(top.startChild(ChoosyLater)).toEqualTypeOf<Operation<Ref<ChoosyLater> | undefined>>()
    expectTypeOf(top.startChild(supervisor())).toEqualTypeOf<Operation<SupervisorRef>>()
    expectTypeOf(top.startChild(wait)).toEqualTypeOf<Operation<Ref<Process>>>()
    expectTypeOf(top.startChild([Bee, "Maya"])).toEqualTypeOf<Operation<Ref<unknown> | undefined>>()
    expectTypeOf(top.startChild({ id: "s", start: () => ignore })).toEqualTypeOf<Operation<Ref<unknown> | ChildStarted | undefined>>()
    expectTypeOf(bees.startChild(child(Bee, { args: ["Maya"] }))).toEqualTypeOf<Operation<Ref<Bee>>>()
    expectTypeOf(bees.startChild(Queen)).toEqualTypeOf<Operation<Ref<Queen>>>()
    expectTypeOf(bees.startChild(ChoosyLater)).toEqualTypeOf<Operation<Ref<ChoosyLater> | undefined>>()
    // @ts-expect-error options belong into the spec
    void bees.startChild(Queen, { args: [] })
    const template = system.spawn(dynamicSupervisor({ child: partialChild(Bee) }))
    expectTypeOf(template.startChild("Maya", 2)).toEqualTypeOf<Operation<Ref<Bee>>>()
    expectOfTypes(function* () {
      expectTypeOf(yield* (yield* top.startChild(child(Bee, { args: ["Maya"] }))).call.greet()).toEqualTypeOf<string>()
    })
    expectOfTypes(() => {
      // @ts-expect-error init needs an argument
      void top.startChild(Bee)
      // @ts-expect-error a star is missing
      void top.startChild(starless)
      // @ts-expect-error options belong into child()
      void top.startChild(Bee, { args: ["Maya"] })
      // @ts-expect-error it may be undefined
      void top.startChild(ChoosyLater).then((ref) => ref.alive)
    })
  })

  it("take ids, and give infos", () => {
    expectTypeOf<Parameters<SupervisorRef["terminateChild"]>>().toEqualTypeOf<[id: ChildId]>()
    expectTypeOf(top.restartChild("queen")).toEqualTypeOf<Operation<Ref<unknown> | ChildStarted | undefined>>()
    expectTypeOf(top.deleteChild(1)).toEqualTypeOf<Operation<void>>()
    expectTypeOf(top.child("queen")).toEqualTypeOf<Ref<unknown> | undefined>()
    expectTypeOf(top.childSpec("queen")).toEqualTypeOf<ChildSpec<unknown> | undefined>()
    expectTypeOf(top.whichChildren()).toEqualTypeOf<readonly ChildInfo[]>()
    expectTypeOf(bees.countChildren()).toEqualTypeOf<ChildCounts>()
    expectTypeOf(top.tree()).toEqualTypeOf<SupervisorTree>()
    expectOfTypes(() => {
      // @ts-expect-error a reference is no id
      void top.terminateChild({} as Ref<Queen>)
      // @ts-expect-error an id is no reference
      void bees.terminateChild("queen")
      void bees.terminateChild({} as Ref<Process<Order>>)
      // @ts-expect-error a dynamic supervisor keeps no specs
      void bees.restartChild
    })
  })

  it("are references like others", () => {
    expectTypeOf<SupervisorRef>().toExtend<Ref<unknown>>()
    expectOfTypes(() => (hive: SupervisorRef<Hive>): SupervisorRef => hive)
    const found = system.whereis("hive")
    if (found instanceof SupervisorRef) expectTypeOf(found.countChildren()).toEqualTypeOf<ChildCounts>()
    system.events.on("supervisor", (report) => expectTypeOf(report).toEqualTypeOf<SupervisorReport>())
  })

  it("are not what a start function has: that is its supervisor as a process", () => {
    expectTypeOf<StartHost["spawn"]>().toEqualTypeOf<Actor["spawn"]>()
    expectOfTypes(() => child({ id: "s", start: (host: StartHost, name: string) => new ChildStarted(host.spawn(Bee, { args: [name] }), 5), args: ["Maya"] }))
  })
})
