/** Where the servers are: as the environment says, else where they usually listen. */

export const addresses = {
  memcached: process.env["VIVARIUM_MEMCACHED"] ?? "127.0.0.1:11211",
  mysql: process.env["VIVARIUM_MYSQL"] ?? "mysql://root@127.0.0.1:3306/test",
  postgres: process.env["VIVARIUM_POSTGRES"] ?? "postgres://postgres@127.0.0.1:5432/postgres",
  redis: process.env["VIVARIUM_REDIS"] ?? "redis://127.0.0.1:6379",
  /** The path is the domain: the server's name for itself. */
  xmpp: process.env["VIVARIUM_XMPP"] ?? "xmpp://bee:honey@127.0.0.1:5222/localhost",
}
