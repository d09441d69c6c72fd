"""Asks for a fork in its place, with its streams, environment and folder; ends as that does.

`asking.py DOOR WORD...`. It has no time for modules that take some.
"""

import os
import socket
import sys

words = [os.fsencode(word) for word in (os.getcwd(), *sys.argv[2:])]
environment = [b"=".join(pair) for pair in os.environb.items()]
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
    door.connect(sys.argv[1])
    asked = b"\0".join([b"%d" % len(words), *words, *environment])
    socket.send_fds(door, [asked], [0, 1, 2])
    status = int(door.recv(16))
if status < 0:
    os.kill(os.getpid(), -status)
sys.exit(status)
