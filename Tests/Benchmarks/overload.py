#!/usr/bin/env python3
"""What the service still answers when more is asked of it than it can do, and how soon it turns the rest away.

    overload.py .build/release/multibox --photo photo.jpg
    overload.py .build/release/multibox --photo photo.jpg --model detect.tflite --seconds 5 --rounds 5 --factors 2,5,10

First as many connections as are enough ask one request after the other: the best that the service can do. Then requests are
made at so many times that rate, whatever becomes of the earlier ones, on connections that are kept. Rounds take turns, so that
all meet the same machine; the medians of the rounds are told.

Among the requests, one in twenty is GET /livez, which takes no queue and no content: how long that takes is what the machine
makes of any answer. A request is refused where it is answered 429, and its time is that from its first byte to the last of its answer. Where the
client had no idle connection left, or was late itself by more than a tenth of a second, the request was not made, and the round
says how many those are: with many of them the machine is too small for this program beside the service.

The program itself takes a share of the same processors ("client"), above all to send photos that are turned away: so much of
them the service does not have.

Exit status 1 where goodput under overload is more than --loss below the best, the 99th percentile of refusals is above --limit
milliseconds and above --ratio times that of /livez, or a refusal has no Retry-After or ends its connection.
"""

import argparse
import os
import re
import select
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import time

READY = 30
PROBE = b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"


class Connection:
    """One kept connection: a request at a time."""

    def __init__(self, port):
        self.port = port
        self.socket = None
        self.open()

    def open(self):
        if self.socket:
            self.socket.close()
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = memoryview(b"")
        self.answer = bytearray()
        self.began = None
        self.probes = False

    def begin(self, request, probes=False):
        self.probes = probes
        self.began = time.monotonic()
        self.pending = memoryview(request)
        self.answer.clear()
        return self.flush()

    def flush(self):
        """Sends what can be sent; true while something is left."""
        try:
            while self.pending:
                self.pending = self.pending[self.socket.send(self.pending) :]
        except BlockingIOError:
            pass
        return bool(self.pending)

    def receive(self):
        """The status and head of a whole answer, or None; raises where the connection ended."""
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return None
        if not data:
            raise ConnectionError("closed")
        self.answer += data
        end = self.answer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.answer[:end]).lower()
        length = re.search(rb"\r\ncontent-length: *(\d+)", head)
        if len(self.answer) < end + 4 + (int(length.group(1)) if length else 0):
            return None
        return int(head[9:12]), head


class Round:
    def __init__(self):
        self.good = 0
        self.refusals = []
        self.probes = []
        self.others = {}
        self.skipped = self.lost = self.without = 0
        self.seconds = 0.0
        # The share of the machine's processors that this program took.
        self.client = 0.0


def run(connections, request, seconds, rate=None):
    """Requests for a while: at a rate, or on each connection one after the other."""
    result = Round()
    epoll = select.epoll()
    by_number = {c.socket.fileno(): c for c in connections}
    for number in by_number:
        epoll.register(number, select.EPOLLIN)
    idle = list(connections)

    def watch(connection, writes):
        epoll.modify(connection.socket.fileno(), select.EPOLLIN | (select.EPOLLOUT if writes else 0))

    made = 0

    def begin(connection):
        nonlocal made
        made += 1
        probes = rate is not None and made % 20 == 0
        try:
            if connection.begin(PROBE if probes else request, probes):
                watch(connection, True)
        except OSError:
            lose(connection)

    def lose(connection):
        result.lost += 1
        epoll.unregister(connection.socket.fileno())
        del by_number[connection.socket.fileno()]
        connection.open()
        by_number[connection.socket.fileno()] = connection
        epoll.register(connection.socket.fileno(), select.EPOLLIN)
        idle.append(connection)

    start, worked = time.monotonic(), time.process_time()
    end = start + seconds
    due = start
    while True:
        now = time.monotonic()
        if now >= end:
            break
        if rate is None:
            while idle:
                begin(idle.pop())
            timeout = end - now
        else:
            while due <= now:
                if now - due > 0.1 or not idle:
                    result.skipped += 1
                else:
                    begin(idle.pop(0))
                due += 1 / rate
            timeout = max(0.0, min(due, end) - now)
        for number, events in epoll.poll(timeout):
            connection = by_number.get(number)
            if connection is None:
                continue
            try:
                if events & select.EPOLLOUT and not connection.flush():
                    watch(connection, False)
                if not events & ~select.EPOLLOUT:
                    continue
                answer = connection.receive()
            except OSError:
                lose(connection)
                continue
            if answer is None:
                continue
            status, head = answer
            if connection.probes:
                result.probes.append(time.monotonic() - connection.began)
            elif status == 200:
                result.good += 1
            elif status == 429:
                result.refusals.append(time.monotonic() - connection.began)
                if b"\r\nretry-after: " not in head:
                    result.without += 1
            else:
                result.others[status] = result.others.get(status, 0) + 1
            # An early answer may come before all of the request was sent: the rest of it is owed.
            if connection.pending:
                lose(connection)
                continue
            if b"\r\nconnection: close" in head:
                lose(connection)
            else:
                idle.append(connection)
    result.seconds = time.monotonic() - start
    result.client = (time.process_time() - worked) / result.seconds / os.cpu_count()
    epoll.close()
    # What is still under way belongs to nobody: the next round begins with idle connections.
    deadline = time.monotonic() + 10
    waiting = [c for c in connections if c not in idle]
    for connection in waiting:
        connection.socket.setblocking(True)
        connection.socket.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            while connection.pending:
                connection.pending = connection.pending[connection.socket.send(connection.pending) :]
            while True:
                if connection.receive() is not None:
                    break
            connection.socket.setblocking(False)
        except OSError:
            connection.open()
    return result


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--photo", required=True)
    parser.add_argument("--model")
    parser.add_argument("--serve", default="", help="more flags for serve")
    parser.add_argument("--port", type=int, default=18429)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--factors", default="2,5,10")
    parser.add_argument("--enough", type=int, default=8, help="connections that keep the service busy")
    parser.add_argument("--connections", type=int, default=128, help="connections of an overload; more than may wait")
    parser.add_argument("--loss", type=float, default=0.1)
    parser.add_argument("--limit", type=float, default=5.0)
    parser.add_argument("--ratio", type=float, default=2.0)
    arguments = parser.parse_args()
    photo = open(arguments.photo, "rb").read()
    request = b"POST /detect HTTP/1.1\r\nHost: h\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(photo) + photo
    command = [arguments.program, "serve", "--port", str(arguments.port), "--log-format", "quiet"]
    command += ["--model", arguments.model] if arguments.model else []
    server = subprocess.Popen(command + shlex.split(arguments.serve), stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + READY
        while True:
            try:
                with socket.create_connection(("127.0.0.1", arguments.port), 1) as probe:
                    probe.sendall(b"GET /readyz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                    if b" 200 " in probe.recv(4096):
                        break
            except OSError:
                pass
            if time.monotonic() > deadline or server.poll() is not None:
                sys.exit("the service does not become ready")
            time.sleep(0.1)
        few = [Connection(arguments.port) for _ in range(arguments.enough)]
        factors = [float(f) for f in arguments.factors.split(",")]
        run(few, request, arguments.seconds)
        best, client, rounds = [], [], {factor: [] for factor in factors}
        for _ in range(arguments.rounds):
            closed = run(few, request, arguments.seconds)
            best.append(closed.good / closed.seconds)
            client.append(closed.client)
            for factor in factors:
                # Anew, since the service ends connections on which nothing comes for a while.
                many = [Connection(arguments.port) for _ in range(arguments.connections)]
                rounds[factor].append(run(many, request, arguments.seconds, rate=factor * best[-1]))
                for connection in many:
                    connection.socket.close()
        ok = True
        capacity = statistics.median(best)
        print(f"{len(photo)} bytes a photo; the best: {capacity:.1f} a second ({min(best):.1f} to {max(best):.1f}), client {statistics.median(client):.2f}")
        print("factor  goodput  of best  client  refused  p50 ms  p99 ms  livez p50  livez p99  not made  lost  without Retry-After  others")
        for factor in factors:
            goods = [r.good / r.seconds for r in rounds[factor]]
            shares = [g / b for g, b in zip(goods, best)]
            times = [t * 1000 for r in rounds[factor] for t in r.refusals]
            share, p99 = statistics.median(shares), percentile(times, 0.99)
            probes = [t * 1000 for r in rounds[factor] for t in r.probes]
            floor = percentile(probes, 0.99)
            without = sum(r.without for r in rounds[factor])
            lost = sum(r.lost for r in rounds[factor])
            others = {}
            for r in rounds[factor]:
                for status, count in r.others.items():
                    others[status] = others.get(status, 0) + count
            print(
                f"{factor:6g} {statistics.median(goods):8.1f} {share:8.2f} {statistics.median(r.client for r in rounds[factor]):7.2f} {len(times):8d} {percentile(times, .5):7.2f} "
                f"{p99:7.2f} {percentile(probes, .5):10.2f} {floor:10.2f} {sum(r.skipped for r in rounds[factor]):9d} {lost:5d} {without:20d}  {others or '-'}"
            )
            ok = ok and share >= 1 - arguments.loss and p99 <= max(arguments.limit, arguments.ratio * floor) and not without and not lost
        sys.exit(0 if ok else 1)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


if __name__ == "__main__":
    main()
