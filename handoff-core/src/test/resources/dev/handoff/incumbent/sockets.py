"""Opens sockets, one for each argument (tcp:PORT, reuse:PORT, udp:PORT), says their ports, and does nothing."""
import signal
import socket
import sys

opened = []
for argument in sys.argv[1:]:
    kind, port = argument.split(":")
    opened.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM))
    if kind == "reuse":
        opened[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    # All of port 0 after the first have the first one's.
    opened[-1].bind(("127.0.0.1", int(port) or (opened[0].getsockname()[1] if kind == "reuse" else 0)))
    if kind != "udp":
        opened[-1].listen(128)
print("listening", opened[0].getsockname(), flush=True)
signal.pause()
