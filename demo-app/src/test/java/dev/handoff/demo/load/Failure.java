package dev.handoff.demo.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serial;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/**
 * A request that a client saw fail.
 */
public final class Failure extends Exception {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Kind kind;

	Failure(Kind kind, String message) {
		super(message);
		this.kind = kind;
	}

	/**
	 * Classifies an error of the network. The JDK tells some kinds apart by their message
	 * only.
	 */
	static Failure of(IOException ex) {
		return new Failure(kindOf(ex), ex.toString());
	}

	private static Kind kindOf(IOException ex) {
		String message = String.valueOf(ex.getMessage());
		if (ex instanceof SocketTimeoutException || message.contains("timed out")) {
			return Kind.TIMEOUT;
		}
		if (ex instanceof EOFException) {
			return Kind.EOF;
		}
		if (ex instanceof ConnectException && message.contains("refused")) {
			return Kind.REFUSED;
		}
		// EPIPE is a reset that had arrived before the write (write(2), section Errors).
		if (message.contains("reset") || message.contains("Broken pipe") || message.contains("abort")) {
			return Kind.RESET;
		}
		boolean ownFault = ex instanceof BindException || ex instanceof NoRouteToHostException;
		return (ex instanceof SocketException && !ownFault && !(ex instanceof ConnectException)) ? Kind.RESET
				: Kind.OTHER;
	}

	Kind kind() {
		return this.kind;
	}

	/**
	 * Kinds of failures.
	 */
	public enum Kind {

		/** The connection was refused. */
		REFUSED("refused"),

		/** The connection was reset. */
		RESET("reset"),

		/** The connection ended after the request, before its response was whole. */
		EOF("EOF before response"),

		/** No whole response in time, or no connection. */
		TIMEOUT("timeout"),

		/** A status other than 2xx. */
		STATUS("non-2xx"),

		/** A response that is malformed or not the expected one. */
		BODY("wrong body"),

		/** Anything else, the client's own faults included. */
		OTHER("other");

		private final String label;

		Kind(String label) {
			this.label = label;
		}

		String label() {
			return this.label;
		}

	}

}
