"""Channel workloads for Stackless Python (also runs on PyPy's bundled `stackless` module).

usage: python bench.py WORKLOAD [SIZE] [--warm K] [--pref P]
  --warm K  run the workload K times first (PyPy)   --pref P  channel preference (-1/0/1)
prints: NAME seconds ops ns-per-op peak-rss-MB cpu-ns=…      (idle: bytes each in place of ns)
"""
import sys, time, resource, heapq, random, os
import stackless
from stackless import tasklet, channel, run, schedule

clock = time.perf_counter
PREF = None


def chan():
    c = channel()
    if PREF is not None:
        c.preference = PREF
    return c


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def rss_bytes():
    with open('/proc/self/statm') as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def pingpong(n):
    a, b = chan(), chan()

    def ping():
        send, recv = a.send, b.receive
        for i in range(n):
            send(i)
            recv()

    def pong():
        recv, send = a.receive, b.send
        for i in range(n):
            send(recv())
    tasklet(pong)()
    tasklet(ping)()
    run()
    return n


def ring(n, m=503):
    cs = [chan() for _ in range(m)]
    out = []

    def node(i):
        recv, send = cs[i].receive, cs[(i + 1) % m].send
        while 1:
            v = recv()
            if v <= 0:
                out.append(i)
                return
            send(v - 1)
    ts = [tasklet(node)(i) for i in range(m)]
    run()
    cs[0].send(n)
    run()
    assert out == [n % m], out
    for t in ts:
        if t.alive:
            t.kill()
    return n


def spawn(n, batch=1000):
    box = [0]

    def f():
        box[0] += 1
    left = n
    while left:
        k = min(batch, left)
        for _ in range(k):
            tasklet(f)()
        run()
        left -= k
    assert box[0] == n
    return n


IDLE = []


def idle(n):

    def f(c):
        c.receive()
    before = rss_bytes()
    for _ in range(n):
        c = chan()
        IDLE.append((tasklet(f)(c), c))
    run()
    after = rss_bytes()
    assert all(t.blocked for t, c in IDLE)
    return n, (after - before) / n


def skynet(n, div=10):
    def node(c, num, size):
        if size == 1:
            c.send(num)
            return
        rc = chan()
        step = size // div
        for i in range(div):
            tasklet(node)(rc, num + i * step, step)
        s = 0
        recv = rc.receive
        for i in range(div):
            s += recv()
        c.send(s)
    root = chan()
    tasklet(node)(root, 0, n)
    total = root.receive()
    run()
    assert total == n * (n - 1) // 2, total
    return n


def fanin(n, senders=10):
    c = chan()
    got = [0]
    each = n // senders

    def s():
        send = c.send
        for i in range(each):
            send(i)

    def r():
        recv = c.receive
        total = 0
        for _ in range(each * senders):
            total += recv()
        got[0] = total
    tasklet(r)()
    for _ in range(senders):
        tasklet(s)()
    run()
    assert got[0] == senders * each * (each - 1) // 2
    return n


def ask(n):
    req = chan()

    def server():
        recv = req.receive
        while 1:
            reply, v = recv()
            reply.send(v + 1)

    def client():
        reply = chan()
        send, recv = req.send, reply.receive
        v = 0
        for i in range(n):
            send((reply, v))
            v = recv()
        assert v == n
    t = tasklet(server)()
    tasklet(client)()
    run()
    t.kill()
    return n


def sieve(n):
    out = []

    def gen(c):
        i = 2
        while 1:
            c.send(i)
            i += 1

    def filt(ci, co, p):
        recv, send = ci.receive, co.send
        while 1:
            v = recv()
            if v % p:
                send(v)
    ts = []

    def main():
        c = chan()
        ts.append(tasklet(gen)(c))
        for _ in range(n):
            p = c.receive()
            out.append(p)
            c2 = chan()
            ts.append(tasklet(filt)(c, c2, p))
            c = c2
        done.append(1)
        for t in ts:                      # stop the pipeline
            t.kill(pending=True) if HAS_PENDING else t.kill()
    done = []
    tasklet(main)()
    run()
    assert len(out) == n and out[0] == 2
    if n == 2000:
        assert out[-1] == 17389, out[-1]
    return n


HAS_PENDING = hasattr(tasklet, 'raise_exception') and 'PyPy' not in sys.version


def deep(n):
    sys.setrecursionlimit(max(n * 2, 10000))
    res = []

    def rec(k):
        if k == 0:
            schedule()
            return 0
        return rec(k - 1) + 1
    tasklet(lambda: res.append(rec(n)))()
    tasklet(lambda: None)()
    run()
    assert res == [n]
    return n


def timers(n):
    """No timers in Stackless itself: the usual user-level layer (heap of (deadline, channel))."""
    heap = []
    woke = [0]
    seq = [0]
    rnd = random.Random(1)

    def sleep(s):
        c = channel()
        seq[0] += 1
        heapq.heappush(heap, (clock() + s, seq[0], c))
        c.receive()

    def f(s):
        sleep(s)
        woke[0] += 1
    for _ in range(n):
        tasklet(f)(rnd.randint(1, 1000) / 1000.0)
    run()
    while heap:
        now = clock()
        while heap and heap[0][0] <= now:
            heapq.heappop(heap)[2].send(None)
        run()
        if heap:
            d = heap[0][0] - clock()
            if d > 0:
                time.sleep(d)
    assert woke[0] == n
    return n


SIZES = dict(pingpong=1000000, ring=2000000, spawn=1000000, idle=200000, skynet=1000000, fanin=1000000,
             ask=500000, sieve=2000, deep=1000000, timers=200000)


def option(argv, flag):
    """Takes `flag N` out of the arguments."""
    if flag not in argv:
        return None
    at = argv.index(flag)
    value = int(argv[at + 1])
    del argv[at:at + 2]
    return value


def main():
    global PREF
    argv = sys.argv[1:]
    warm = option(argv, '--warm') or 0
    PREF = option(argv, '--pref')
    name = argv[0]
    size = int(argv[1]) if len(argv) > 1 else SIZES[name]
    fn = globals()[name]
    for _ in range(warm):
        fn(size)
    t0 = clock()
    c0 = time.process_time()
    r = fn(size)
    cpu = time.process_time() - c0
    dt = clock() - t0
    ops, each = r if name == 'idle' else (r, dt / r * 1e9)
    print('%s %.4f %d %.1f %.1f cpu-ns=%.1f' % (name, dt, ops, each, peak_mb(), cpu / ops * 1e9))
    sys.stdout.flush()
    os._exit(0)                           # skip teardown of blocked tasklets


main()
