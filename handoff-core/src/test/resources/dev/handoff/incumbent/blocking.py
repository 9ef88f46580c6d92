"""A server that relies on accept(2) to block, and ends with a traceback if it does not.
Told to finish by SIGTERM, it takes one more connection and finishes what it has in hand."""
import signal
import socket
import sys
import threading

finishing = False
threads = []


def finish(number, frame):
    global finishing
    finishing = True


def serve(connection):
    with connection:
        file = connection.makefile("rw", encoding="utf-8")
        line = file.readline().strip()
        if line.startswith("wait"):
            file.readline()
        file.write(line + " from incumbent\n")
        file.flush()


def listener(address):
    if address.startswith("/"):
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(address)
        listening.listen(128)
        return listening
    return socket.create_server(("127.0.0.1", int(address)), backlog=128)


signal.signal(signal.SIGTERM, finish)
signal.signal(signal.SIGQUIT, finish)
# A JVM blocks it, also for the processes that it starts.
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGQUIT])
listening = listener(sys.argv[1])
print("listening", listening.getsockname(), flush=True)
while not finishing:
    connection, _ = listening.accept()
    # What is in hand is lost if this thread ends by an exception.
    threads.append(threading.Thread(target=serve, args=(connection,), daemon=True))
    threads[-1].start()
listening.close()
for thread in threads:
    thread.join()
print("finished", flush=True)
