package dev.handoff;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * This JVM or operating system lacks something that a handoff needs, such as the native
 * libraries of junixsocket and JNA.
 */
public final class UnsupportedPlatformException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Missing missing;

	/**
	 * Creates an exception.
	 * @param missing what is missing
	 * @param detail the values
	 * @param cause the underlying failure, if there was one
	 */
	public UnsupportedPlatformException(Missing missing, String detail, @Nullable Throwable cause) {
		super("This platform cannot hand over sockets: " + detail, cause);
		this.missing = missing;
	}

	/**
	 * {@return what is missing}
	 */
	public Missing getMissing() {
		return this.missing;
	}

	/**
	 * What a platform may lack.
	 */
	public enum Missing {

		/**
		 * The native library of junixsocket or of JNA, for this operating system and
		 * processor, in a directory from which it may be loaded.
		 */
		NATIVE_LIBRARY,

		/**
		 * An operating system with unix-domain sockets, descriptor passing and
		 * {@code /proc}.
		 */
		OPERATING_SYSTEM

	}

}
