/** Trees as values: what `supervisor()` and its kin make, to be started or to be children. */
import type { Recipe, Ref, Via } from "@vivarium/actors"
import type { LifeOptions } from "./child-spec.ts"
import { withoutUndefined } from "./without-undefined.ts"

/** How a supervisor lives: its process, and its place as the child of another one. */
export interface TreeOptions extends LifeOptions {
  /** Registers it. */
  readonly name?: string | Via | undefined
  /** A free text for tools. Default: the id. */
  readonly label?: string | undefined
  /** As a child: how long its start may take, in milliseconds. Default Infinity. */
  readonly startTimeoutMs?: number | undefined
}

/** A supervision tree as a value, made by `supervisor()`, `dynamicSupervisor()` or `partitionSupervisor()`. It can be started any number of times. */
export class Tree<R extends Ref<never> | Ref<unknown> = Ref<unknown>> implements Recipe<R> {
  /** Only the compiler knows it. */
  declare readonly "~ref"?: R
  /** What it says to a system. */
  readonly "~recipe": { readonly what: unknown; readonly options: object }
  /** @internal What it says to a supervisor above. */
  readonly life: LifeOptions & { readonly startTimeoutMs?: number | undefined }

  /** @internal */
  constructor(Class: unknown, flags: object, { backoff, id, label, name, restart, shutdownMs, significant, startTimeoutMs }: TreeOptions) {
    const called = label ?? (name === undefined && typeof id === "string" ? id : undefined)
    this["~recipe"] = { what: Class, options: { args: [flags], ...(name !== undefined && { name }), ...(called !== undefined && { label: called }) } }
    this.life = withoutUndefined({ backoff, id, restart, shutdownMs, significant, startTimeoutMs })
  }
}
