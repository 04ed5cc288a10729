#!/usr/bin/env python3
"""A server of files over HTTPS for tests, well-behaved and not, and a proxy before it.

    https_server.py CERTIFICATE KEY FOLDER

It prints `https PORT` and `proxy PORT`, then a line for each request: `GET /good/file 100-` with the range that was asked for
or `-`, and `CONNECT host:port` of the proxy, which leads everywhere to this server. The first part of a path says how the file
of its last part is served.
"""
import http.server
import os
import socket
import ssl
import sys
import threading
import time

certificate, key, folder = sys.argv[1:]
# Requests of a path so far.
counts = {}


def say(line):
    print(line, flush=True)


class Files(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A client that has gone is forgotten.
    timeout = 60

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        say(f"GET {self.path} {self.headers.get('Range', 'bytes=-').removeprefix('bytes=')}")
        behaviour, name = self.path.strip("/").split("/")[0], os.path.basename(self.path)
        counts[self.path] = counts.get(self.path, 0) + 1
        with open(os.path.join(folder, name), "rb") as file:
            self.content = file.read()
        self.tag = '"%x"' % (len(self.content) * 31 + sum(self.content[:1000]))
        getattr(self, behaviour)()

    def head(self, status, fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, str(value))
        self.end_headers()

    def fields(self, length):
        return {"Content-Length": length, "ETag": self.tag, "Accept-Ranges": "bytes"}

    def wanted(self):
        """Where the bytes that are asked for begin, if a part is asked for of this very file."""
        range_, condition = self.headers.get("Range"), self.headers.get("If-Range")
        if not range_ or condition not in (None, self.tag):
            return None
        return int(range_.removeprefix("bytes=").split("-")[0])

    def good(self, until=None):
        size = len(self.content)
        start = self.wanted()
        if start is not None and start >= size:
            self.head(416, {"Content-Range": f"bytes */{size}", "Content-Length": 0})
            return
        if start is None:
            self.head(200, self.fields(size))
            start = 0
        else:
            self.head(206, self.fields(size - start) | {"Content-Range": f"bytes {start}-{size - 1}/{size}"})
        self.wfile.write(self.content[start:until])

    def slow(self):
        time.sleep(1)
        self.good()

    def cut(self):
        """Breaks off after half of the file, each time of what is left."""
        start = self.wanted() or 0
        self.good(until=start + (len(self.content) - start) // 2)
        self.close_connection = True

    def cut_once(self):
        self.cut() if counts[self.path] == 1 else self.good()

    def stalled(self):
        self.good(until=len(self.content) // 2)
        self.wfile.flush()
        time.sleep(20)

    def changing(self):
        """Another version of the file each time, and broken off the first time."""
        self.tag = f'"{counts[self.path]}"'
        self.cut() if counts[self.path] == 1 else self.good()

    def weak(self):
        self.tag = "W/" + self.tag
        self.cut() if counts[self.path] == 1 else self.good()

    def elsewhere(self):
        """Another part than was asked for, once one is."""
        if self.wanted() is None:
            self.cut()
            return
        size = len(self.content)
        self.head(206, self.fields(size - 1) | {"Content-Range": f"bytes 1-{size - 1}/{size}"})
        self.wfile.write(self.content[1:])

    def huge(self):
        self.head(200, self.fields(1 << 50))
        self.wfile.write(self.content)
        self.close_connection = True

    def endless(self):
        self.head(200, {"Transfer-Encoding": "chunked"})
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(4096):
            self.wfile.write(piece)

    def wrong(self):
        self.content = bytes(byte ^ 1 for byte in self.content)
        self.tag = '"wrong"'
        self.good()

    def busy(self):
        if counts[self.path] == 1:
            self.head(503, {"Content-Length": 5})
            self.wfile.write(b"later")
        else:
            self.good()

    def absent(self):
        self.head(404, {"Content-Length": 2})
        self.wfile.write(b"no")

    def moved(self):
        self.head(302, {"Location": "/good/" + os.path.basename(self.path), "Content-Length": 0})

    def plain(self):
        self.head(302, {"Location": f"http://localhost:{files.server_port}/good/file", "Content-Length": 0})

    def loop(self):
        self.head(302, {"Location": self.path, "Content-Length": 0})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request, address):
        # The handshake on the connection's own thread.
        try:
            request = context.wrap_socket(request, server_side=True)
            super().finish_request(request, address)
        except (OSError, ssl.SSLError):
            pass


def copy(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def tunnel(client):
    head = b""
    while b"\r\n\r\n" not in head and (piece := client.recv(4096)):
        head += piece
    say(" ".join(head.decode().split("\r\n")[0].split(" ")[:2]))
    server = socket.create_connection(("127.0.0.1", files.server_port))
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    threading.Thread(target=copy, args=(client, server), daemon=True).start()
    copy(server, client)


def proxy(listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=tunnel, args=(client,), daemon=True).start()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
files = Server(("127.0.0.1", 0), Files)
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=proxy, args=(listener,), daemon=True).start()
say(f"https {files.server_port}")
say(f"proxy {listener.getsockname()[1]}")
# Whoever started this ends it; a test that was killed must not leave it for ever.
threading.Timer(600, lambda: os._exit(0)).start()
files.serve_forever()
