// The servers that services.mjs starts: what each is installed from, how it is started, and how one sees that it is ready.
//
// package   the Debian package
// user      who runs it, if we are root
// variable  tells programs where it is: `address(port)`
// prepare   commands that must have ended before it is started
// files     what must stand in its folder before that
// command   starts it, in the foreground
// hello     what is said to it, if it does not speak first; `ready` is what it answers as soon as it serves
// stop      the signal that ends it quickly; its data is not wanted any more
import { readdirSync } from "node:fs"
import { join } from "node:path"

const host = "127.0.0.1"

/** Where the newest PostgreSQL keeps its programs: Debian lets several be installed side by side. */
function postgresFolder() {
  const top = "/usr/lib/postgresql"
  const [newest] = readdirSync(top).toSorted((one, other) => Number(other) - Number(one))
  return join(top, newest, "bin")
}

/** The first message of a PostgreSQL client. It is answered by an error until the server is ready. */
function postgresHello() {
  const text = Buffer.from("user\0vivarium\0database\0postgres\0\0")
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + text.length)
  head.writeInt16BE(3, 4)
  return Buffer.concat([head, text])
}

const prosodyConfiguration = ({ folder, port }) => `
  pidfile = "${folder}/prosody.pid"
  data_path = "${folder}"
  log = { info = "*console" }
  interfaces = { "${host}" }
  c2s_ports = { ${port} }
  s2s_ports = {}
  modules_enabled = { "disco", "ping", "roster", "saslauth" }
  modules_disabled = { "s2s", "tls" }
  c2s_require_encryption = false
  allow_unencrypted_plain_auth = true
  authentication = "internal_hashed"
  default_iteration_count = 4096
  VirtualHost "localhost"
`

export const servers = [
  {
    package: "memcached",
    user: "memcache",
    variable: "VIVARIUM_MEMCACHED",
    address: (port) => `${host}:${port}`,
    command: ({ port }) => ["memcached", "-l", host, "-p", port, "-U", "0", "-m", "16"],
    hello: "version\r\n",
    ready: /^VERSION/,
    stop: "SIGTERM",
  },
  {
    package: "mariadb-server",
    user: "mysql",
    variable: "VIVARIUM_MYSQL",
    address: (port) => `mysql://vivarium:secret@${host}:${port}/vivarium`,
    files: () => ({
      "start.sql": `
        CREATE DATABASE vivarium;
        CREATE USER vivarium@'${host}' IDENTIFIED BY 'secret';
        GRANT ALL ON vivarium.* TO vivarium@'${host}';
      `,
    }),
    prepare: ({ folder }) => [
      ["mariadb-install-db", "--no-defaults", `--datadir=${folder}/data`, "--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=4M"],
    ],
    command: ({ folder, port }) => [
      "mariadbd", "--no-defaults", `--datadir=${folder}/data`, `--init-file=${folder}/start.sql`, `--bind-address=${host}`, `--port=${port}`,
      `--socket=${folder}/socket`, `--pid-file=${folder}/pid`, "--skip-name-resolve", "--innodb-log-file-size=4M",
      "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0", "--innodb-fast-shutdown=2",
    ],
    // Four bytes before each packet; the first one begins with the version of the protocol, 10.
    ready: /^[^]{4}\n/,
    stop: "SIGTERM",
  },
  {
    package: "redis-server",
    user: "redis",
    variable: "VIVARIUM_REDIS",
    address: (port) => `redis://${host}:${port}`,
    command: ({ folder, port }) => ["redis-server", "--bind", host, "--port", port, "--dir", folder, "--save", "", "--appendonly", "no"],
    hello: "PING\r\n",
    ready: /^\+PONG/,
    stop: "SIGTERM",
  },
  {
    package: "postgresql",
    user: "postgres",
    variable: "VIVARIUM_POSTGRES",
    address: (port) => `postgres://vivarium@${host}:${port}/postgres`,
    prepare: ({ folder }) => [
      [join(postgresFolder(), "initdb"), "-D", `${folder}/data`, "-U", "vivarium", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
    ],
    command: ({ folder, port }) => [
      join(postgresFolder(), "postgres"), "-D", `${folder}/data`, "-h", host, "-p", port,
      ...["unix_socket_directories=", "fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=16MB"].flatMap((one) => ["-c", one]),
    ],
    hello: postgresHello(),
    ready: /^R/,
    stop: "SIGQUIT",
  },
  {
    package: "prosody",
    user: "prosody",
    variable: "VIVARIUM_XMPP",
    address: (port) => `xmpp://bee:honey@${host}:${port}/localhost`,
    files: (place) => ({
      "prosody.cfg.lua": prosodyConfiguration(place),
      "localhost/accounts/bee.dat": `return { ["password"] = "honey" }\n`,
    }),
    command: ({ folder }) => ["prosody", "-F", "--config", `${folder}/prosody.cfg.lua`],
    hello: `<stream:stream to="localhost" version="1.0" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">`,
    ready: /<stream:features/,
    stop: "SIGTERM",
  },
]
