/** @internal The method by which Node's console shows an object: one line in place of a screen of internals. */
export const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom")
