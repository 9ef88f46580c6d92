package dev.handoff.boot.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of the control group (cgroup) that this process belongs to, of version 1 or
 * 2. Of its ancestors' limits only those that can be seen from here count. In bytes.
 *
 * @param limit what all its processes may have together
 * @param used what they have, without what the kernel can take back from files
 * @param own what this process has of it
 */
record ControlGroupMemory(long limit, long used, long own) {

	private static final Pattern INACTIVE_FILE = Pattern.compile("^(?:total_)?inactive_file (\\d+)$",
			Pattern.MULTILINE);

	private static final Pattern ANONYMOUS = Pattern.compile("^RssAnon:\\s*(\\d+) kB$", Pattern.MULTILINE);

	static Optional<ControlGroupMemory> ofThisProcess() {
		return of(Path.of("/"));
	}

	/**
	 * Returns the memory of the innermost group with a limit.
	 * @param root where {@code proc} and {@code sys} are
	 * @return the memory, empty if there is no limit or it cannot be read
	 */
	static Optional<ControlGroupMemory> of(Path root) {
		try {
			for (String line : Files.readAllLines(root.resolve("proc/self/cgroup"))) {
				// Its number, its controllers and its path.
				String[] fields = line.split(":", 3);
				boolean second = fields[1].isEmpty();
				if (!second && !fields[1].equals("memory")) {
					continue;
				}
				Path mount = root.resolve(second ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
				// A container may see its own group at the mount, and a path from
				// outside.
				Path group = mount.resolve(fields[2].substring(1));
				for (Path next = group; next != null && next.startsWith(mount); next = next.getParent()) {
					Optional<ControlGroupMemory> found = read(root, next, second);
					if (found.isPresent()) {
						return found;
					}
				}
			}
		}
		catch (IOException | RuntimeException ex) {
			// Without these files nothing is known, and a launch is not refused.
		}
		return Optional.empty();
	}

	private static Optional<ControlGroupMemory> read(Path root, Path group, boolean second) throws IOException {
		Path limit = group.resolve(second ? "memory.max" : "memory.limit_in_bytes");
		if (!Files.isReadable(limit)) {
			return Optional.empty();
		}
		String text = Files.readString(limit).strip();
		// Version 1 tells a number of almost 2^63 for no limit, which is as good as one.
		if (text.equals("max")) {
			return Optional.empty();
		}
		long used = Long
			.parseLong(Files.readString(group.resolve(second ? "memory.current" : "memory.usage_in_bytes")).strip());
		long reclaimable = number(INACTIVE_FILE, Files.readString(group.resolve("memory.stat")));
		long own = number(ANONYMOUS, Files.readString(root.resolve("proc/self/status"))) * 1024;
		return Optional.of(new ControlGroupMemory(Long.parseLong(text), used - reclaimable, own));
	}

	private static long number(Pattern pattern, String text) {
		Matcher matcher = pattern.matcher(text);
		long last = 0;
		// In version 1 the sum over the groups below comes later.
		while (matcher.find()) {
			last = Long.parseLong(matcher.group(1));
		}
		return last;
	}

	/**
	 * Returns that there is no room for another process of the size of this one.
	 */
	Optional<String> excess() {
		if (this.limit - this.used >= this.own) {
			return Optional.empty();
		}
		return Optional
			.of("%d MiB are in use, and another process of the size of this one, %d MiB, would make %d MiB, more than the limit of %d MiB of this control group; raise the limit, let the JVM have less (-Xmx, -XX:MaxRAMPercentage), or set handoff.successor.ignore-memory-limit=true"
				.formatted(mebibytes(this.used), mebibytes(this.own), mebibytes(this.used + this.own),
						mebibytes(this.limit)));
	}

	private static long mebibytes(long bytes) {
		return bytes >> 20;
	}

}
