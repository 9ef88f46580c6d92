package dev.handoff.testsupport;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;

/**
 * What some tests need of the machine. Where it is missing they are skipped, unless a
 * system property says that it has to be there.
 */
public enum Requirement {

	/** Clients and servers that are not of this project, and Python. */
	CLIENTS("clients.required"),

	/** The rights of root, and a command that gives them up. */
	ROOT("root.required"),

	/** The command that verifies systemd's units. */
	SYSTEMD("systemd.required"),

	/** Podman's generator of units. */
	QUADLET("quadlet.required"),

	/** A container engine, and a compose command. */
	CONTAINERS("containers.required"),

	/** A browser and its driver. */
	BROWSER("browser.required");

	private final String property;

	Requirement(String property) {
		this.property = property;
	}

	/**
	 * Returns whether the build says that it has to be there.
	 * @return whether a test that misses it fails
	 */
	public boolean isStrict() {
		return Boolean.getBoolean(this.property);
	}

	/**
	 * Goes on if it is there, and skips or fails the test if it is not.
	 * @param available whether it is there
	 * @param missing what to say if it is not
	 */
	public void check(boolean available, String missing) {
		failIfStrict(available, missing);
		Assumptions.assumeTrue(available, missing);
	}

	/**
	 * Goes on if a program is there, and skips or fails the test if it is not.
	 * @param program its name, or its path
	 * @param debianPackage the package that has it
	 */
	public void checkProgram(String program, String debianPackage) {
		check(isInstalled(program), notInstalled(program, debianPackage));
	}

	/**
	 * Returns whether a program is there, for a test that has something to do without it
	 * as well. Fails the test if it has to be there and is not.
	 * @param program its name, or its path
	 * @param debianPackage the package that has it
	 * @return whether it is there
	 */
	public boolean hasProgram(String program, String debianPackage) {
		boolean installed = isInstalled(program);
		failIfStrict(installed, notInstalled(program, debianPackage));
		return installed;
	}

	private void failIfStrict(boolean available, String missing) {
		if (!available && isStrict()) {
			throw new AssertionError("%s, and -D%s=true does not allow that".formatted(missing, this.property));
		}
	}

	private static boolean isInstalled(String program) {
		return Stream.concat(Stream.of(System.getenv("PATH").split(File.pathSeparator, -1)), Stream.of("/usr/sbin"))
			.anyMatch((directory) -> Files.isExecutable(Path.of(directory).resolve(program)));
	}

	private static String notInstalled(String program, String debianPackage) {
		return "%s is not installed (Debian: apt-get install %s)".formatted(program, debianPackage);
	}

}
