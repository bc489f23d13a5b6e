"""Servers on gevent: pywsgi and StreamServer, both with TCP_NODELAY, as the other systems have it.

usage: /usr/bin/python3 server.py http|tcp
What it tells the harness on stdout, and is asked on stdin, stands in src/net/control.ts.
"""
import gc, os, resource, socket, sys
from gevent import os as gevent_os
from gevent.pywsgi import WSGIHandler, WSGIServer
from gevent.server import StreamServer


def rss_bytes():
    with open('/proc/self/statm') as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def usage():
    used = resource.getrusage(resource.RUSAGE_SELF)
    micros = (used.ru_utime + used.ru_stime) * 1e6
    return 'usage cpu-us=%d rss=%d peak=%.1f' % (micros, rss_bytes(), used.ru_maxrss / 1024.0)


def collect():
    gc.collect()
    return 'collected'


def hello(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '13')])
    return [b'Hello, world!']


class Handler(WSGIHandler):
    def __init__(self, sock, address, server):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        WSGIHandler.__init__(self, sock, address, server)


def echo(sock, address):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    receive, send = sock.recv, sock.sendall
    while 1:
        data = receive(4096)
        if not data:
            return
        send(data)


def main():
    address = ('127.0.0.1', 0)
    if sys.argv[1] == 'http':
        server = WSGIServer(address, hello, log=None, handler_class=Handler)
    else:
        server = StreamServer(address, echo)
    server.start()
    answers = {b'usage': usage, b'collect': collect}
    print('listening', server.server_port, flush=True)
    while 1:
        lines = gevent_os.tp_read(0, 4096)
        if not lines:
            os._exit(0)
        for line in lines.split():
            print(answers[line](), flush=True)


main()
