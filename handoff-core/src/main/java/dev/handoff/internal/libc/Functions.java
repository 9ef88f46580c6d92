package dev.handoff.internal.libc;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import com.sun.jna.ptr.IntByReference;

/**
 * The C library's functions, as C declares them.
 */
interface Functions extends Library {

	Functions C = Native.load(Platform.C_LIBRARY_NAME, Functions.class);

	int getpid();

	int dup2(int from, int to) throws LastErrorException;

	int dup3(int from, int to, int flags) throws LastErrorException;

	int listen(int descriptor, int backlog) throws LastErrorException;

	int fcntl(int descriptor, int command, Object... arguments) throws LastErrorException;

	int ioctl(int descriptor, NativeLong request, Object... arguments) throws LastErrorException;

	int getsockopt(int descriptor, int level, int name, IntByReference value, IntByReference length)
			throws LastErrorException;

	int getsockname(int descriptor, byte[] address, IntByReference length) throws LastErrorException;

	NativeLong write(int descriptor, byte[] bytes, NativeLong count) throws LastErrorException;

	NativeLong syscall(NativeLong number, Object... arguments) throws LastErrorException;

}
