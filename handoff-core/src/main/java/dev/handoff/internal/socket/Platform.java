package dev.handoff.internal.socket;

import java.nio.file.Files;
import java.nio.file.Path;

import dev.handoff.UnsupportedPlatformException;
import dev.handoff.UnsupportedPlatformException.Missing;

/**
 * What listeners can be adopted on: Linux with {@code /proc}, or macOS for development,
 * and a JVM that opens {@code sun.nio.ch}.
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
		NioAccess.get();
	}

	public static boolean isLinux() {
		return isLinux(System.getProperty("os.name"));
	}

	private static boolean isLinux(String operatingSystem) {
		return operatingSystem.equals("Linux");
	}

}
