package dev.handoff.boot.tomcat;

import java.io.IOException;
import java.nio.ByteBuffer;

import org.apache.coyote.Adapter;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's processor of one HTTP/1.1 connection, which can tell whether the client has
 * pipelined (RFC 9112, section 9.3.2).
 */
final class HandoffHttp11Processor extends Http11Processor {

	// Tomcat does not say for which connection it asks its protocol.
	private static final ThreadLocal<@Nullable HandoffHttp11Processor> current = new ThreadLocal<>();

	HandoffHttp11Processor(AbstractHttp11Protocol<?> protocol, Adapter adapter) {
		super(protocol, adapter);
	}

	@Override
	public SocketState service(SocketWrapperBase<?> socketWrapper) throws IOException {
		current.set(this);
		try {
			return super.service(socketWrapper);
		}
		finally {
			current.remove();
		}
	}

	/**
	 * Returns whether the connection that this thread works on has sent more than the
	 * request whose header was read last.
	 * @return {@code true} if another request follows for certain
	 */
	static boolean currentHasMoreRequests() {
		HandoffHttp11Processor processor = current.get();
		return processor != null && processor.hasMoreRequests();
	}

	private boolean hasMoreRequests() {
		// The end of a chunked body is not known before it is read.
		if (this.request.getHeader("Transfer-Encoding") != null) {
			return false;
		}
		ByteBuffer unread = getLeftoverInput();
		return unread != null && unread.remaining() > Math.max(0, this.request.getContentLengthLong());
	}

}
