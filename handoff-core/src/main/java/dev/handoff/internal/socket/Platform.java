package dev.handoff.internal.socket;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.handoff.UnsupportedPlatformException;
import dev.handoff.UnsupportedPlatformException.Missing;
import dev.handoff.internal.libc.LibC;

/**
 * What listeners can be adopted on: Linux with {@code /proc}, or macOS for development,
 * and JNA's native library.
 */
public final class Platform {

	private Platform() {
	}

	/**
	 * Checks that this process can adopt listeners.
	 * @throws UnsupportedPlatformException if it cannot, with what is missing
	 */
	public static void verify() {
		verify(System.getProperty("os.name"), Path.of("/proc/self/fd"));
	}

	static void verify(String operatingSystem, Path descriptors) {
		if (!isLinux(operatingSystem) && !operatingSystem.startsWith("Mac")) {
			throw new UnsupportedPlatformException(Missing.OPERATING_SYSTEM,
					"%s is neither Linux nor macOS".formatted(operatingSystem), null);
		}
		if (isLinux(operatingSystem) && !Files.isDirectory(descriptors)) {
			throw new UnsupportedPlatformException(Missing.OPERATING_SYSTEM,
					"%s does not exist, is /proc mounted?".formatted(descriptors), null);
		}
		LibC.load();
	}

	/**
	 * Does for the first time what every adoption does, which takes longer.
	 * @throws IOException if there are no more descriptors
	 * @throws UnsupportedPlatformException if this process cannot adopt listeners
	 */
	public static void preload() throws IOException {
		verify();
		try (Shell<ServerSocketChannel> shell = Shell.openListener(StandardProtocolFamily.INET6)) {
			SocketFacts.of(shell.descriptor());
		}
	}

	public static boolean isLinux() {
		return isLinux(System.getProperty("os.name"));
	}

	private static boolean isLinux(String operatingSystem) {
		return operatingSystem.equals("Linux");
	}

}
