package dev.handoff.internal.unix;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

import dev.handoff.internal.control.ServiceManager;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket that a service manager names in {@code NOTIFY_SOCKET} (sd_notify(3)): a
 * path, or a name in the abstract namespace (unix(7)) after an {@code @}. Used by one
 * thread.
 * <p>
 * It is not waited until a message has been read (sd_notify_barrier(3)): systemd takes
 * notices before it looks for ended children, so it knows whose a message of the main
 * process is even when that has exited.
 */
public final class NotifySocket implements ServiceManager {

	private static final Logger logger = LoggerFactory.getLogger(NotifySocket.class);

	private static final String VARIABLE = "NOTIFY_SOCKET";

	private final String name;

	private boolean failed;

	private NotifySocket(String name) {
		this.name = name;
	}

	/**
	 * Returns the service manager of which the environment tells.
	 * @param environment the environment
	 * @return the service manager, one that nothing reaches if there is none
	 */
	public static ServiceManager of(Map<String, String> environment) {
		String name = environment.getOrDefault(VARIABLE, "");
		if (name.isEmpty()) {
			return ServiceManager.none();
		}
		if (name.length() < 2 || (!name.startsWith("/") && !name.startsWith("@"))) {
			logger.warn("{} is '{}', neither a path nor an abstract name: the service manager is told nothing",
					VARIABLE, name);
			return ServiceManager.none();
		}
		return new NotifySocket(name);
	}

	@Override
	public void tell(String message) {
		logger.debug("Tell the service manager: {}", message);
		try (AFUNIXDatagramChannel channel = AFUNIXDatagramChannel.open()) {
			channel.configureBlocking(false);
			ByteBuffer datagram = ByteBuffer.wrap(message.getBytes(StandardCharsets.UTF_8));
			if (channel.send(datagram, address()) == 0) {
				throw new IOException("its queue is full");
			}
		}
		catch (IOException | RuntimeException ex) {
			if (!this.failed) {
				this.failed = true;
				logger.warn("The service manager cannot be told at '{}'; said once", this.name, ex);
			}
		}
	}

	private SocketAddress address() throws IOException {
		return this.name.startsWith("@") ? AFUNIXSocketAddress.inAbstractNamespace(this.name.substring(1))
				: AFUNIXSocketAddress.of(Path.of(this.name));
	}

}
