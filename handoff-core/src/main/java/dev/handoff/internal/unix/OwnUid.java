package dev.handoff.internal.unix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.handoff.internal.socket.Descriptors;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketPair;

/**
 * This process's effective user id, as it is mapped in its user namespace: what
 * SO_PEERCRED tells its peers there. The JDK has it only in an optional module.
 */
final class OwnUid {

	// proc_pid_status(5): real, effective, saved and file system user id.
	private static final Pattern UID_LINE = Pattern.compile("(?m)^Uid:\\s+\\d+\\s+(\\d+)\\s");

	private OwnUid() {
	}

	static long read() throws IOException {
		try {
			return parse(Files.readString(Path.of("/proc/self/status")));
		}
		catch (NoSuchFileException ex) {
			return readFromPeer();
		}
	}

	static long parse(String status) throws IOException {
		Matcher matcher = UID_LINE.matcher(status);
		if (!matcher.find()) {
			throw new IOException("/proc/self/status does not say whose this process is");
		}
		return Long.parseLong(matcher.group(1));
	}

	// For macOS only: junixsocket loses two descriptors with each pair that it opens.
	private static long readFromPeer() throws IOException {
		AFUNIXSocketPair<AFUNIXSocketChannel> pair = AFUNIXSocketPair.open();
		try {
			return UnixControlChannel.credentials(pair.getSocket1()).uid();
		}
		finally {
			Descriptors.close(pair.getSocket1().getFileDescriptor());
			Descriptors.close(pair.getSocket2().getFileDescriptor());
		}
	}

}
