/** One turn of Node's event loop: what has come meanwhile has been told. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
