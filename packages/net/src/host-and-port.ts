/** How an address and a port are shown. */
export function hostAndPort(host: string, port: number | undefined): string {
  // A joined string is one piece; one that is concatenated keeps its parts, too, as long as the connection lives.
  return [host.includes(":") ? `[${host}]` : host, port].join(":")
}
