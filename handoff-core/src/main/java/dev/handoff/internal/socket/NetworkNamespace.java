package dev.handoff.internal.socket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The network namespace of this process (network_namespaces(7)): a listener is reachable
 * only in its own, whichever process holds it.
 */
public final class NetworkNamespace {

	private NetworkNamespace() {
	}

	/**
	 * Returns its name, such as {@code net:[4026531840]}.
	 * @return the name, empty if the operating system has none or does not tell
	 */
	public static String current() {
		return of(Path.of("/proc/self/ns/net"));
	}

	/**
	 * Returns the name of a network namespace.
	 * @param link its symbolic link in {@code /proc}
	 * @return the name, empty if the operating system has none or does not tell
	 */
	public static String of(Path link) {
		try {
			return Files.readSymbolicLink(link).toString();
		}
		catch (IOException | UnsupportedOperationException ex) {
			return "";
		}
	}

}
