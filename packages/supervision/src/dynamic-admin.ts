/** What can be asked of a dynamic supervisor. */
import { Ref } from "@vivarium/actors"
import { isRecipe } from "@vivarium/actors/lowlevel"
import type { Routine } from "@vivarium/core"
import { show } from "@vivarium/core/lowlevel"
import { begin, changeFlags } from "./admin.ts"
import { ChildSpec, onlySpec } from "./child-spec.ts"
import { SpecError, SupervisorError } from "./errors.ts"
import type { Dynamic, DynamicFlagChanges } from "./settings.ts"
import type { ChildStarted } from "./start-function.ts"
import type { Supervision } from "./supervision.ts"

export function* startDynamic(supervision: Supervision, given: readonly unknown[]): Routine<Ref<unknown> | ChildStarted | undefined> {
  const { cell, children, settings } = supervision
  const dynamic = settings.dynamic as Dynamic
  const { args, spec } = childOf(dynamic, given)
  if (spec.significant) throw new SpecError(`child "${String(spec.id)}"`, "significant", true, "left out: a dynamic supervisor does not stop by itself", "", String(spec.id))
  if (isRecipe(spec.what) && args !== undefined && args.length > 0) {
    throw new SpecError(`child "${String(spec.id)}"`, "args", args, "left out, and extraArguments with them: a tree of supervisors has all in itself", "Use its class form, whose init takes arguments.", String(spec.id))
  }
  if (children.size >= dynamic.maxChildren) {
    throw new SupervisorError("max_children", `${cell.ref.toString()} has ${children.size} children, which is all that its maxChildren allows (${dynamic.maxChildren}); those that wait for a restart count. Stop one first.`)
  }
  const child = supervision.make(spec, args)
  children.add(child)
  return yield* begin(supervision, child, () => children.remove(child))
}

/** What to start, with all its arguments. */
function childOf({ extraArguments, template }: Dynamic, given: readonly unknown[]): { readonly spec: ChildSpec<unknown>; readonly args: readonly unknown[] | undefined } {
  if (template !== undefined && given[0] instanceof ChildSpec) {
    throw new SpecError("startChild()", "arguments", given[0], "what init takes behind the arguments of the template: this dynamic supervisor has one, so it is given no specs", "right: bees.startChild(\"Maya\")")
  }
  const spec = template ?? onlySpec(given)
  const own = template === undefined ? (spec.args ?? []) : [...(spec.args ?? []), ...given]
  return { spec, args: extraArguments.length === 0 ? own : [...extraArguments, ...own] }
}

export function* terminateDynamic(supervision: Supervision, ref: unknown): Routine {
  const { cell, children } = supervision
  if (!(ref instanceof Ref)) {
    throw new SupervisorError("dynamic_supervisor", `${cell.ref.toString()} is a dynamic supervisor: it knows its children by their references, not by ids such as ${show(ref)}. Keep what startChild gave.`)
  }
  // A name means whoever holds it.
  const child = children.withRef(ref["~resolve"]()?.ref ?? ref)
  if (child === undefined) throw new SupervisorError("not_found", `${cell.ref.toString()} has no child ${ref.toString()}.`, { ref })
  yield* supervision.stop(child)
  children.remove(child)
}

export function* changeDynamicFlags(supervision: Supervision, changes: DynamicFlagChanges): Routine {
  const dynamic = supervision.settings.dynamic as Dynamic
  const { maxChildren = dynamic.maxChildren, ...limits } = changes
  yield* changeFlags(supervision, limits)
  supervision.settings = { ...supervision.settings, dynamic: { ...dynamic, maxChildren } }
}
