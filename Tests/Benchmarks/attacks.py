#!/usr/bin/env python3
"""How long others wait for GET /livez while the service is under attack, beside the same attack on a server that only discards.

    attacks.py .build/release/multibox                      all attacks, 60 s each and 60 s each beside
    attacks.py .build/release/multibox --seconds 10 --attack metrics --attack silent
    attacks.py .build/release/multibox --serve "--max-connections 256"

Rounds on the service and on the discarding server take turns, so that both meet the same machine. An attack comes from
127.0.0.2 to 127.0.0.6, the probes from 127.0.0.1: fifty a second, on new connections and on kept ones in turns, each timed
from when it was due, so that a stall counts for all whom it kept waiting.

Exit status 1 where the 99th percentile under attack is more than twice that beside it (or than --floor, which is what a busy
machine makes of a millisecond), or --limit (250 ms) and more; where a probe is not answered 200; where memory or descriptors stay.
"""

import argparse
import collections
import errno
import multiprocessing
import os
import re
import resource
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
import zlib

ADDRESSES = ["127.0.0.%d" % last for last in range(2, 7)]
PROBER = "127.0.0.1"
# The system chooses the port when it knows both ends, so that each address has all of its ports for each server.
IP_BIND_ADDRESS_NO_PORT = 24
TICK = 0.02


# What attacks are made of.


class Peer:
    """A connection of an attacker that does not wait: what cannot be sent now is sent when there is room."""

    __slots__ = ("socket", "pending", "opened", "place")

    def __init__(self, sock, pending):
        self.socket, self.pending = sock, pending
        self.opened = time.monotonic()
        self.place = None


class Crowd:
    """Connections to one server from several addresses."""

    def __init__(self, port, reads):
        self.port, self.reads = port, reads
        self.epoll = select.epoll()
        self.peers = {}
        self.opened = self.sent = self.refused = 0

    def open(self, source, data=b""):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((source, 0))
            status = sock.connect_ex(("127.0.0.1", self.port))
        except OSError:
            status = errno.EADDRNOTAVAIL
        if status not in (0, errno.EINPROGRESS):
            sock.close()
            self.refused += 1
            return None
        peer = Peer(sock, data)
        self.peers[sock.fileno()] = peer
        # Edges: what is not read on purpose must not wake us for ever.
        self.epoll.register(
            sock.fileno(), select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET)
        self.opened += 1
        return peer

    def close(self, peer):
        if self.peers.pop(peer.socket.fileno(), None) is not None:
            peer.socket.close()

    def close_all(self):
        for peer in list(self.peers.values()):
            self.close(peer)

    def send(self, peer, data):
        """Adds to what is to be sent, unless much waits already."""
        if len(peer.pending) < 1 << 20:
            peer.pending += data
        self._flush(peer)

    def _flush(self, peer):
        try:
            while peer.pending:
                count = peer.socket.send(peer.pending)
                self.sent += count
                peer.pending = peer.pending[count:]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            if error.errno not in (errno.ENOTCONN, errno.EINPROGRESS):
                peer.pending = b""

    def turn(self, until):
        """Serves connections until a time; returns those that the server has ended, which are closed."""
        ended = []
        while True:
            rest = until - time.monotonic()
            events = self.epoll.poll(max(rest, 0), 1024)
            for number, event in events:
                peer = self.peers.get(number)
                if peer is None:
                    continue
                over = event & (select.EPOLLHUP | select.EPOLLERR)
                if event & select.EPOLLRDHUP:
                    over = True
                if event & select.EPOLLIN and self.reads and not over:
                    over = not self._discard(peer)
                if event & select.EPOLLOUT and not over:
                    self._flush(peer)
                if over:
                    self.close(peer)
                    ended.append(peer)
            if rest <= 0:
                return ended

    def _discard(self, peer):
        try:
            while True:
                if not peer.socket.recv(1 << 16):
                    return False
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False


class Pace:
    """So many of something a second."""

    def __init__(self, rate):
        self.rate, self.start, self.taken = rate, time.monotonic(), 0

    def due(self, most=1 << 30):
        due = min(int((time.monotonic() - self.start) * self.rate) - self.taken, most)
        self.taken += max(due, 0)
        return max(due, 0)


def keep_full(crowd, places, data, until, drip=None):
    """Keeps as many connections as there are places, opening again what the server ends, 1,100 a second at the most.

    `drip` is sent on each of them once a second.
    """
    pace = Pace(1100)
    free = collections.deque(places)
    next_drip = collections.deque()
    while time.monotonic() < until:
        for _ in range(min(pace.due(1100), len(free))):
            place = free.popleft()
            peer = crowd.open(place[0], data(place))
            if peer is None:
                free.append(place)
                break
            peer.place = place
            next_drip.append((time.monotonic() + 1, peer))
        while drip and next_drip and next_drip[0][0] <= time.monotonic():
            due, peer = next_drip.popleft()
            if peer.socket.fileno() >= 0:
                crowd.send(peer, drip)
                next_drip.append((due + 1, peer))
        for peer in crowd.turn(time.monotonic() + TICK):
            free.append(peer.place)


# The attacks: each is called with a port and when to end, and returns its crowd.


def metrics(port, until):
    """250 connections with 200 pipelined GET /metrics each that read nothing; anew every 5 s."""
    crowd = Crowd(port, reads=False)
    data = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 200
    while time.monotonic() < until:
        for _ in range(250):
            crowd.open(ADDRESSES[0], data)
        end = min(until, time.monotonic() + 5)
        while time.monotonic() < end:
            crowd.turn(min(end, time.monotonic() + 0.5))
        crowd.close_all()
    return crowd


def silent(port, until):
    """1,100 connections from five addresses that send nothing, and come back when they are sent away."""
    crowd = Crowd(port, reads=True)
    keep_full(crowd, [(address,) for address in ADDRESSES for _ in range(220)], lambda place: b"", until)
    return crowd


def slow(port, until):
    """200 heads and 100 bodies of a byte a second."""
    crowd = Crowd(port, reads=True)
    starts = {
        "head": b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        "body": b"POST /detect HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
    }
    places = [(ADDRESSES[0], "head")] * 200 + [(ADDRESSES[1], "body")] * 100
    keep_full(crowd, places, lambda place: starts[place[1]], until, drip=b"x")
    return crowd


def connects(port, until):
    """2,500 new connections a second that end at once."""
    crowd = Crowd(port, reads=False)
    pace = Pace(2500)
    young = collections.deque()
    turn = 0
    while time.monotonic() < until:
        for _ in range(pace.due(500)):
            turn += 1
            peer = crowd.open(ADDRESSES[turn % len(ADDRESSES)])
            if peer:
                young.append(peer)
        crowd.turn(time.monotonic() + TICK / 4)
        while young and young[0].opened < time.monotonic() - TICK / 4:
            crowd.close(young.popleft())
    return crowd


def pipelined(port, until):
    """64 connections that send 5,000 requests a second for what is not there, a hundred at once, and read the answers."""
    return bursts(port, until, 64, b"", b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n" * 100, 50)


def chunks(port, until):
    """50 bodies in chunks of one byte, 170,000 chunks a second."""
    head = b"POST /detect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    return bursts(port, until, 50, head, b"1\r\nx\r\n" * 3400, 50)


def bombs(port, until):
    """20 connections, on each of which a body of 20 kB a second becomes 20 MB when it is decompressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = packer.compress(bytes(20_000_000)) + packer.flush()
    head = b"POST /detect HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    return bursts(port, until, 20, b"", head + body, 20)


def bursts(port, until, connections, head, burst, rate):
    """Connections that send a head and then, all together `rate` times a second, a burst; answers are read."""
    crowd = Crowd(port, reads=True)
    pace = Pace(rate)
    order = collections.deque()
    while time.monotonic() < until:
        while len(order) < connections:
            peer = crowd.open(ADDRESSES[0], head)
            if peer is None:
                break
            order.append(peer)
        for _ in range(min(pace.due(connections), len(order))):
            crowd.send(order[0], burst)
            order.rotate(-1)
        if crowd.turn(time.monotonic() + TICK):
            order = collections.deque(peer for peer in order if peer.socket.fileno() >= 0)
    return crowd


ATTACKS = {
    attack.__name__: attack for attack in (metrics, silent, slow, connects, pipelined, chunks, bombs)
}


# Who measures, and what it is compared with.


def probe(port, seconds, rate=50):
    """Asks for /livez for some seconds; returns (whether the connection was new, milliseconds or None) for each request."""
    try:
        os.nice(-10)  # The instrument is not what is measured.
    except OSError:
        pass
    request = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
    closing = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    patience = 15
    epoll = select.epoll()
    flying = {}  # socket → [due, whether new, received, socket, tries left]
    idle = collections.deque()
    results = []

    def connect():
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((PROBER, 0))
        sock.connect_ex(("127.0.0.1", port))
        epoll.register(sock.fileno(), select.EPOLLOUT)
        return sock

    def begin(due, new, tries=2):
        sock = None
        while not new and idle and sock is None:
            sock = idle.popleft()
            try:
                sock.send(request)
                epoll.modify(sock.fileno(), select.EPOLLIN)
            except OSError:  # The server ended it between two requests.
                sock.close()
                sock = None
        if sock is None:
            sock = connect()
            tries = 1
        flying[sock.fileno()] = [due, new, b"", sock, tries]

    def finish(entry, good):
        due, new, _, sock, _ = entry
        del flying[sock.fileno()]
        results.append((new, (time.monotonic() - due) * 1000 if good else None))
        if good and not new:
            epoll.modify(sock.fileno(), 0)
            idle.append(sock)
        else:
            sock.close()

    start = time.monotonic()
    count = int(seconds * rate)
    asked = 0
    while asked < count or flying:
        now = time.monotonic()
        while asked < count and start + asked / rate <= now:
            begin(start + asked / rate, asked % 2 == 0)
            asked += 1
        wait = max(start + asked / rate - time.monotonic(), 0) if asked < count else 0.05
        for number, event in epoll.poll(min(wait, 0.05)):
            entry = flying.get(number)
            if entry is None:
                continue
            due, new, received, sock, tries = entry
            try:
                if event & select.EPOLLOUT:
                    sock.send(closing if new else request)
                    epoll.modify(number, select.EPOLLIN)
                    continue
                part = sock.recv(4096)
            except OSError:
                part = b""
            entry[2] = received = received + part
            if not part:
                # A kept connection may end just as it is used: such a request is sent again, on a new one.
                if not received and not new and tries > 1:
                    del flying[number]
                    sock.close()
                    begin(due, new)
                else:
                    finish(entry, False)
                continue
            head = received.find(b"\r\n\r\n")
            if head >= 0:
                length = re.search(rb"(?i)content-length: *(\d+)", received[:head])
                if length and len(received) >= head + 4 + int(length.group(1)):
                    finish(entry, received.startswith(b"HTTP/1.1 200"))
        for entry in [entry for entry in flying.values() if time.monotonic() - entry[0] > patience]:
            finish(entry, False)
    return results


def discard(listener):
    """Takes all connections and all they send, and answers nothing."""
    resource_limit()
    listener.setblocking(False)
    epoll = select.epoll()
    epoll.register(listener.fileno(), select.EPOLLIN)
    connections = {}
    buffer = bytearray(1 << 18)
    while True:
        for number, _ in epoll.poll():
            if number == listener.fileno():
                try:
                    for _ in range(256):
                        sock, _ = listener.accept()
                        sock.setblocking(False)
                        connections[sock.fileno()] = sock
                        epoll.register(sock.fileno(), select.EPOLLIN)
                except OSError:
                    pass
                continue
            try:
                count = connections[number].recv_into(buffer)
            except BlockingIOError:
                continue
            except OSError:
                count = 0
            if count == 0:
                connections.pop(number).close()


def resource_limit():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Service:
    """The service as a process."""

    def __init__(self, binary, arguments):
        self.process = subprocess.Popen(
            [binary, "serve", "--host", "127.0.0.1", "--port", "0", "--log-format", "json"] + arguments,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.port = None
        for line in self.process.stdout:
            found = re.search(r'"endpoint":"127\.0\.0\.1:(\d+)"', line)
            if found and self.port is None:
                self.port = int(found.group(1))
            if '"message":"ready"' in line:
                break
        if self.port is None or self.process.poll() is not None:
            raise SystemExit("attacks: the service does not start")
        # It goes on to write a line for a request, and somebody to read them.
        self.reader = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)
        self.process.stdout.close()

    def memory(self):
        """Resident memory in MiB."""
        with open("/proc/%d/status" % self.process.pid) as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def settle(self, descriptors):
        """Waits until it has let go of what a round opened, 30 s at the most."""
        end = time.monotonic() + 30
        while time.monotonic() < end and self.descriptors() > descriptors:
            time.sleep(0.05)
        time.sleep(0.3)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.wait()


def in_process(function, *arguments):
    """Starts a function in a process of its own; what it returns comes through the pipe."""
    receiver, sender = multiprocessing.Pipe(False)

    def run():
        resource_limit()
        sender.send(function(*arguments))

    process = multiprocessing.Process(target=run, daemon=True)
    process.start()
    sender.close()
    return process, receiver


def attacker(attack, port, seconds):
    """Runs an attack; returns what it did."""
    crowd = attack(port, time.monotonic() + seconds)
    figures = (crowd.opened, crowd.sent, crowd.refused)
    crowd.close_all()
    return figures


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


class Side:
    """What probes saw while one of the two servers was attacked."""

    def __init__(self):
        self.times = {True: [], False: []}
        self.failed = 0
        self.opened = self.sent = self.refused = 0

    def add(self, probes, figures):
        for new, milliseconds in probes:
            if milliseconds is None:
                self.failed += 1
            else:
                self.times[new].append(milliseconds)
        self.opened += figures[0]
        self.sent += figures[1]
        self.refused += figures[2]

    @property
    def all(self):
        return self.times[True] + self.times[False]

    def row(self, name):
        times = self.all
        return "  %-10s %6d %6d %9.1f %9.1f %9.1f %9.1f %9.1f %9d %9.1f" % (
            name, len(times) + self.failed, self.failed, percentile(times, 0.5), percentile(times, 0.99),
            percentile(self.times[True], 0.99), percentile(self.times[False], 0.99), max(times, default=float("nan")),
            self.opened, self.sent / 1e6)


HEADER = "  %-10s %6s %6s %9s %9s %9s %9s %9s %9s %9s" % (
    "on", "probes", "failed", "p50 ms", "p99 ms", "new p99", "kept p99", "max ms", "opened", "MB sent")


def round_of(attack, port, service, seconds):
    """One round: the attack on a port, probes on the service."""
    assault, figures = in_process(attacker, attack, port, seconds)
    prober, probes = in_process(probe, service.port, seconds)
    try:
        return probes.recv(), figures.recv()
    finally:
        prober.join(30)
        assault.join(30)


def judge(name, attack, binary, options, sink_port):
    """Measures one attack on a service of its own; returns what is wrong."""
    service = Service(binary, shlex.split(options.serve))
    try:
        probe(service.port, 1)
        time.sleep(0.2)
        time.sleep(0.5)
        descriptors, memory = service.descriptors(), service.memory()
        attacked, beside = Side(), Side()
        memories = []
        left = options.seconds
        while left > 0:
            seconds = min(left, options.round)
            left -= seconds
            beside.add(*round_of(attack, sink_port, service, seconds))
            service.settle(descriptors)
            attacked.add(*round_of(attack, service.port, service, seconds))
            service.settle(descriptors)
            memories.append(service.memory())
        after = service.descriptors()
        running = service.process.poll() is None
    finally:
        service.end()
    p99, reference = percentile(attacked.all, 0.99), percentile(beside.all, 0.99)
    wrong = []
    if not running:
        wrong.append("the service has ended")
    if attacked.failed or beside.failed:
        wrong.append("%d probes failed" % (attacked.failed + beside.failed))
    if not attacked.all or not beside.all:
        wrong.append("no probe was answered")
    else:
        if p99 >= options.limit:
            wrong.append("p99 %.1f ms" % p99)
        if p99 > 2 * max(reference, options.floor / 2):
            wrong.append("p99 %.1f times that beside" % (p99 / reference))
    if after > descriptors:
        wrong.append("%d descriptors stay open" % (after - descriptors))
    # Of the first round stays what an allocator keeps; what grows from then on is lost.
    first = memories[0] if len(memories) > 1 else memory + 64
    if memories[-1] > first * 1.1 + 16:
        wrong.append("memory grew from %.0f to %.0f MiB" % (first, memories[-1]))
    print("%s: %s" % (name, attack.__doc__))
    print(HEADER)
    print(attacked.row("multibox"))
    print(beside.row("discarding"))
    print("  p99 %.2f times; memory %.0f MiB before, %.0f after the first round, %.0f at the end; descriptors %d and %d" % (
        p99 / reference if beside.all else float("nan"), memory, memories[0], memories[-1], descriptors, after))
    print("  %s" % ("MISSED: " + "; ".join(wrong) if wrong else "held"), flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--seconds", type=float, default=60, help="how long each server is attacked (60)")
    parser.add_argument("--round", type=float, default=15, help="seconds of a round (15)")
    parser.add_argument("--attack", action="append", choices=ATTACKS, help="one of these only; may be repeated")
    parser.add_argument("--floor", type=float, default=10, help="milliseconds of p99 that are always good enough (10)")
    parser.add_argument("--limit", type=float, default=250, help="milliseconds of p99 that are never good enough (250)")
    parser.add_argument("--serve", default="", help="more options of multibox serve")
    options = parser.parse_args()
    resource_limit()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    sink = multiprocessing.Process(target=discard, args=(listener,), daemon=True)
    sink.start()
    sink_port = listener.getsockname()[1]
    listener.close()
    missed = []
    try:
        for name in options.attack or ATTACKS:
            if judge(name, ATTACKS[name], options.binary, options, sink_port):
                missed.append(name)
    finally:
        sink.kill()
    print("all held" if not missed else "missed: " + ", ".join(missed))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main()
