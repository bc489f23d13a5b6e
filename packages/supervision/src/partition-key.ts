/** Keys of partitions: which of several equal processes serves what. */
import { Ref } from "@vivarium/actors"
import { InvalidArgumentError } from "@vivarium/core"

/** What can choose a partition. The same key has the same partition as long as their number is the same, in every run. */
export type PartitionKey = number | bigint | string | boolean | symbol | Ref<never> | Ref<unknown>

const ALLOWED = "a number, a bigint, a string, true or false, a symbol, or a reference"
const CURE = "Objects have no value of their own to choose by: use one of their fields, such as user.id."

/** The number of the partition that serves a key, from 0 to `partitions - 1`. */
export function partitionOf(key: unknown, partitions: number): number {
  if (typeof key === "bigint") return Number((key < 0n ? -key : key) % BigInt(partitions))
  const number = numberOf(key)
  return Number.isInteger(number) ? Math.abs(number) % partitions : hash(String(number)) % partitions
}

/** Integers stand for themselves, and so do references by their numbers; text is hashed. */
function numberOf(key: unknown): number {
  if (typeof key === "number") return key
  if (typeof key === "string") return hash(key)
  if (typeof key === "boolean") return key ? 1 : 0
  if (typeof key === "symbol") return hash(key.description ?? "")
  if (key instanceof Ref) return key.id === 0 ? hash(String(key.name)) : key.id
  throw new InvalidArgumentError("key", key, ALLOWED, CURE)
}

/** FNV-1a over the code units, then a finish that spreads what differs in few bits, so that a small remainder of it is even. */
function hash(text: string): number {
  let mixed = 0x811c9dc5
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
