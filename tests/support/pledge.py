# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference client behind other triggers than lines on stdin, for tests:

pledge.py command OP URI    one operation; exit status 0 is success
pledge.py pull HOST PORT    asks for its operations, as drivers/CONTRACT.md says
pledge.py come URI OP...    does its operations, again and again, unasked
"""

import os
import socket
import subprocess
import sys

GET, POST, ACK = 1, 2, 2


class Pledge:
    """A reference client that runs."""

    def __init__(self):
        program = os.path.join(os.environ["ES_BUILD_DIR"], "reference-client")
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "pledge ready\n"

    def do(self, line):
        """Does an operation: "ok", or "err=" and why not."""
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        return answer.removeprefix("RESULT ").strip()


class Asker:
    """The CoAP of a device that asks what to do: about as much as a device needs."""

    def __init__(self, host, port):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.connect((host, port))
        self.mid = int.from_bytes(os.urandom(2), "big")

    def ask(self, code, path, payload=b""):
        """Sends a CON request until it is answered: the code and payload that came."""
        self.mid = (self.mid + 1) % 65536
        head = bytes([0x40, code]) + self.mid.to_bytes(2, "big")
        request = head + bytes([0xB0 | len(path)]) + path
        request += b"\xff" + payload if payload else b""
        self.socket.settimeout(2)
        while True:
            try:
                self.socket.send(request)
                answer = self.socket.recv(1500)
            except (TimeoutError, ConnectionRefusedError):
                continue
            if answer[0] >> 4 & 3 == ACK and answer[2:4] == request[2:4]:
                return answer[1], answer[4:].partition(b"\xff")[2]


def pull(host, port):
    """Asks, does, tells."""
    pledge, asker = Pledge(), Asker(host, port)
    while True:
        line = asker.ask(GET, b"next")[1].decode()
        if line:
            asker.ask(POST, b"result", pledge.do(line).encode())


def main(mode, *words):
    """Does what the command line says."""
    if mode == "pull":
        pull(words[0], int(words[1]))
    pledge = Pledge()
    if mode == "command":
        answer = pledge.do(f"{words[0]} {words[1]}")
        print(answer, flush=True)
        sys.exit(0 if answer == "ok" else 1)
    while True:
        for op in words[1:]:
            print(op, pledge.do(f"{op} {words[0]}"), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
