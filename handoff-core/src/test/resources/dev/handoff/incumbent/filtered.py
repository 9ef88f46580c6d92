"""Runs a command under a seccomp filter that answers one system call with an error: NUMBER ERRNO COMMAND..."""
import ctypes
import os
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ERROR, ALLOW = 0x00050000, 0x7FFF0000

number, error = int(sys.argv[1]), int(sys.argv[2])
program = b"".join(struct.pack("HBBI", *instruction) for instruction in (
    (LOAD, 0, 0, 0), (JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, ERROR | error), (RETURN, 0, 0, ALLOW)))
buffer = ctypes.create_string_buffer(program)
filter = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter):
    raise OSError(ctypes.get_errno(), "prctl")
os.execvp(sys.argv[3], sys.argv[3:])
