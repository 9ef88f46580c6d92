package dev.handoff.internal.socket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The users as which a process runs, as they are mapped in this process's user namespace
 * (proc_pid_status(5)).
 *
 * @param real who started it
 * @param effective whose permissions it has
 * @param saved whose permissions it can have again
 * @param fileSystem as whom it looks at files
 */
public record ProcessUsers(long real, long effective, long saved, long fileSystem) {

	private static final Pattern LINE = Pattern.compile("(?m)^Uid:\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)$");

	/**
	 * Asks the kernel about this process.
	 * @throws java.nio.file.NoSuchFileException if there is no {@code /proc}
	 * @throws IOException if the kernel does not say
	 */
	public static ProcessUsers own() throws IOException {
		return of(Path.of("/proc/self/status"));
	}

	/**
	 * Asks the kernel about a process.
	 * @param pid its id
	 * @throws java.nio.file.NoSuchFileException if there is no such process
	 * @throws IOException if the kernel does not say
	 */
	public static ProcessUsers of(long pid) throws IOException {
		return of(Path.of("/proc", Long.toString(pid), "status"));
	}

	private static ProcessUsers of(Path status) throws IOException {
		Matcher line = LINE.matcher(Files.readString(status));
		if (!line.find()) {
			throw new IOException("'%s' does not tell a user".formatted(status));
		}
		return new ProcessUsers(Long.parseLong(line.group(1)), Long.parseLong(line.group(2)),
				Long.parseLong(line.group(3)), Long.parseLong(line.group(4)));
	}

	/**
	 * {@return all of them}
	 */
	public Set<Long> all() {
		return Set.copyOf(List.of(this.real, this.effective, this.saved, this.fileSystem));
	}

}
