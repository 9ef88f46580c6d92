package dev.handoff.internal.unix;

import java.io.IOException;
import java.nio.file.NoSuchFileException;

import dev.handoff.internal.socket.Descriptors;
import dev.handoff.internal.socket.ProcessUsers;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketPair;

/**
 * This process's effective user id, as it is mapped in its user namespace: what
 * SO_PEERCRED tells its peers there. The JDK has it only in an optional module.
 */
public final class OwnUid {

	private OwnUid() {
	}

	/**
	 * Asks the kernel.
	 * @throws IOException if it does not say
	 */
	public static long read() throws IOException {
		try {
			return ProcessUsers.own().effective();
		}
		catch (NoSuchFileException ex) {
			return readFromPeer();
		}
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
