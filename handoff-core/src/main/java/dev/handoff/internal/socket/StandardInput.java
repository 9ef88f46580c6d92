package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

import dev.handoff.SocketActivationException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening socket on descriptor 0, as inetd(8) passes it to a server that it starts
 * with {@code wait}.
 */
public final class StandardInput {

	private static final Logger logger = LoggerFactory.getLogger(StandardInput.class);

	private StandardInput() {
	}

	/**
	 * Takes the socket, if the standard input is a listening stream socket or a UDP
	 * socket. The input is empty then, and so is what inetd made of the output: copies of
	 * the socket would stay open as long as this process lives.
	 * @return the socket, without a name; empty if the input is anything else, such as
	 * the connection that inetd passes with {@code nowait}, and is left alone
	 * @throws SocketActivationException if the socket cannot be used
	 */
	public static Optional<ActivatedSocket> take() {
		SocketFacts facts;
		try {
			facts = SocketFacts.of(FileDescriptor.in);
		}
		catch (IOException ex) {
			// No socket.
			return Optional.empty();
		}
		if (!facts.isStreamListener() && !facts.isDatagramSocket()) {
			return Optional.empty();
		}
		try {
			FileDescriptor descriptor = Descriptors.duplicate(FileDescriptor.in);
			System.setIn(InputStream.nullInputStream());
			for (int number = 0; number <= 2; number++) {
				replace(Descriptors.of(number), facts.inode());
			}
			logger.info("The standard input is a listening socket, at {}", facts.address());
			return Optional.of(ActivatedSocket.of(descriptor, 0, ""));
		}
		catch (IOException ex) {
			throw new SocketActivationException("descriptor 0 cannot be taken", ex);
		}
	}

	private static void replace(FileDescriptor descriptor, long inode) throws IOException {
		try {
			if (SocketFacts.of(descriptor).inode() != inode) {
				return;
			}
		}
		catch (IOException ex) {
			// Some other file.
			return;
		}
		// The JDK does not close the descriptors 0 to 2, it puts /dev/null in their
		// place.
		new FileInputStream(descriptor).close();
	}

}
