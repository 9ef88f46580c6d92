package dev.handoff.boot.jetty;

import java.util.Locale;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.internal.HttpConnection;

/**
 * One HTTP/1.1 exchange whose response says {@code Connection: close} (RFC 9112, section
 * 9.6), if the connector drains when the response is committed and the client has not
 * pipelined another request.
 */
final class LastResponse extends HttpStream.Wrapper {

	/** The attribute of a request under which its stream is found. */
	static final String ATTRIBUTE = LastResponse.class.getName();

	private final HttpConnection connection;

	private final JettyDrain drain;

	private final boolean http11;

	private volatile boolean eventStream;

	LastResponse(HttpStream wrapped, HttpConnection connection, JettyDrain drain, boolean http11) {
		super(wrapped);
		this.http11 = http11;
		this.connection = connection;
		this.drain = drain;
	}

	@Override
	public void prepareResponse(HttpFields.Mutable headers) {
		String type = headers.get(HttpHeader.CONTENT_TYPE);
		this.eventStream = type != null && type.toLowerCase(Locale.ROOT).startsWith("text/event-stream");
		// An upgrade is no end: it says Connection: Upgrade.
		if (this.drain.isDraining() && !headers.contains(HttpHeader.UPGRADE)
				&& this.connection.isRequestBufferEmpty()) {
			headers.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
			if (this.http11 && !headers.contains(HttpHeader.CONTENT_LENGTH)) {
				// Else Jetty would let the end of the connection be the end of the
				// content, and a client could not tell whether it got all.
				headers.put(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED);
			}
		}
		super.prepareResponse(headers);
	}

	boolean isEventStream() {
		return this.eventStream;
	}

}
