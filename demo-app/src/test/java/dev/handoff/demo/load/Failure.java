package dev.handoff.demo.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serial;
import java.net.ConnectException;
import java.net.SocketTimeoutException;

/**
 * A request that a client saw fail.
 */
final class Failure extends Exception {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Kind kind;

	Failure(Kind kind, String message) {
		super(message);
		this.kind = kind;
	}

	/**
	 * Classifies an error of the network.
	 */
	static Failure of(IOException ex) {
		if (ex instanceof ConnectException) {
			return new Failure(Kind.REFUSED, ex.toString());
		}
		if (ex instanceof SocketTimeoutException) {
			return new Failure(Kind.TIMEOUT, ex.toString());
		}
		if (ex instanceof EOFException) {
			return new Failure(Kind.EOF, ex.toString());
		}
		return new Failure(Kind.RESET, ex.toString());
	}

	Kind kind() {
		return this.kind;
	}

	/**
	 * Kinds of failures.
	 */
	enum Kind {

		/** The connection was refused. */
		REFUSED("refused"),

		/** The connection was reset while it was used. */
		RESET("reset"),

		/** The connection ended before the response was whole. */
		EOF("EOF"),

		/** No answer in time. */
		TIMEOUT("timeout"),

		/** A status other than 2xx. */
		STATUS("non-2xx"),

		/** A response that is not the expected one. */
		BODY("body");

		private final String label;

		Kind(String label) {
			this.label = label;
		}

		String label() {
			return this.label;
		}

	}

}
