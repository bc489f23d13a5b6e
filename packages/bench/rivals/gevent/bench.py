"""The same workloads on gevent: hub, Greenlet, and queue.Channel for the rendezvous.

usage: /usr/bin/python3 bench.py WORKLOAD [SIZE]
prints: NAME seconds ops ns-per-op peak-rss-MB cpu-ns=…      (idle: bytes each in place of ns)
"""
import sys, time, resource, random, os
import gevent
from gevent.queue import Channel

clock = time.perf_counter


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def rss_bytes():
    with open('/proc/self/statm') as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def pingpong(n):
    a, b = Channel(), Channel()

    def ping():
        put, get = a.put, b.get
        for i in range(n):
            put(i)
            get()

    def pong():
        get, put = a.get, b.put
        for i in range(n):
            put(get())
    gevent.joinall([gevent.spawn(pong), gevent.spawn(ping)])
    return n


def ring(n, m=503):
    cs = [Channel() for _ in range(m)]
    out = []

    def node(i):
        get, put = cs[i].get, cs[(i + 1) % m].put
        while 1:
            v = get()
            if v <= 0:
                out.append(i)
                return
            put(v - 1)
    gs = [gevent.spawn(node, i) for i in range(m)]
    gevent.sleep(0)
    cs[0].put(n)
    while not out:
        gevent.wait(gs, count=1)
    assert out == [n % m], out
    gevent.killall(gs)
    return n


def spawn(n, batch=1000):
    box = [0]

    def f():
        box[0] += 1
    left = n
    while left:
        k = min(batch, left)
        for _ in range(k):
            gevent.spawn(f)
        gevent.sleep(0)
        while box[0] < n - left + k:
            gevent.sleep(0)
        left -= k
    return n


IDLE = []


def idle(n):
    def f(c):
        c.get()
    before = rss_bytes()
    for _ in range(n):
        c = Channel()
        IDLE.append((gevent.spawn(f, c), c))
    gevent.sleep(0)
    gevent.sleep(0)
    after = rss_bytes()
    assert all(g.started and not g.ready() for g, c in IDLE)
    return n, (after - before) / n


def skynet(n, div=10):
    def node(c, num, size):
        if size == 1:
            c.put(num)
            return
        rc = Channel()
        step = size // div
        for i in range(div):
            gevent.spawn(node, rc, num + i * step, step)
        s = 0
        for i in range(div):
            s += rc.get()
        c.put(s)
    root = Channel()
    gevent.spawn(node, root, 0, n)
    total = root.get()
    assert total == n * (n - 1) // 2, total
    return n


def fanin(n, senders=10):
    c = Channel()
    each = n // senders

    def s():
        put = c.put
        for i in range(each):
            put(i)

    def r():
        get = c.get
        total = 0
        for _ in range(each * senders):
            total += get()
        return total
    g = gevent.spawn(r)
    for _ in range(senders):
        gevent.spawn(s)
    assert g.get() == senders * each * (each - 1) // 2
    return n


def ask(n):
    req = Channel()

    def server():
        while 1:
            reply, v = req.get()
            reply.put(v + 1)

    def client():
        reply = Channel()
        v = 0
        for i in range(n):
            req.put((reply, v))
            v = reply.get()
        return v
    s = gevent.spawn(server)
    assert gevent.spawn(client).get() == n
    s.kill()
    return n


def sieve(n):
    out = []
    gs = []

    def gen(c):
        i = 2
        while 1:
            c.put(i)
            i += 1

    def filt(ci, co, p):
        get, put = ci.get, co.put
        while 1:
            v = get()
            if v % p:
                put(v)

    def main():
        c = Channel()
        gs.append(gevent.spawn(gen, c))
        for _ in range(n):
            p = c.get()
            out.append(p)
            c2 = Channel()
            gs.append(gevent.spawn(filt, c, c2, p))
            c = c2
    gevent.spawn(main).get()
    assert len(out) == n and out[0] == 2
    if n == 2000:
        assert out[-1] == 17389
    return n


def deep(n):
    sys.setrecursionlimit(max(n * 2, 10000))

    def rec(k):
        if k == 0:
            gevent.sleep(0)
            return 0
        return rec(k - 1) + 1
    assert gevent.spawn(rec, n).get() == n
    return n


def timers(n):
    rnd = random.Random(1)
    woke = [0]

    def f(s):
        gevent.sleep(s)
        woke[0] += 1
    gs = [gevent.spawn(f, rnd.randint(1, 1000) / 1000.0) for _ in range(n)]
    gevent.joinall(gs)
    assert woke[0] == n
    return n


# A greenlet switch costs microseconds, so that smaller sizes give the same figures an operation.
SIZES = dict(pingpong=200000, ring=200000, spawn=200000, idle=50000, skynet=100000, fanin=200000,
             ask=100000, sieve=300, deep=100000, timers=200000)


def main():
    name = sys.argv[1]
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZES[name]
    fn = globals()[name]
    t0 = clock()
    c0 = time.process_time()
    r = fn(size)
    cpu = time.process_time() - c0
    dt = clock() - t0
    ops, each = r if name == 'idle' else (r, dt / r * 1e9)
    print('%s %.4f %d %.1f %.1f cpu-ns=%.1f' % (name, dt, ops, each, peak_mb(), cpu / ops * 1e9))
    sys.stdout.flush()
    os._exit(0)                           # skip teardown of blocked greenlets


main()
