package dev.handoff.boot.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class ControlGroupMemoryTests {

	private static final long MEBIBYTE = 1 << 20;

	@TempDir
	private Path root;

	@BeforeEach
	void process() throws IOException {
		write("proc/self/status", "VmRSS:\t  409600 kB\nRssAnon:\t  307200 kB\nRssFile:\t 102400 kB\n");
	}

	@Test
	void secondVersion() throws IOException {
		write("proc/self/cgroup", "0::/orders.slice/orders.service\n");
		write("sys/fs/cgroup/orders.slice/orders.service/memory.max", "max\n");
		write("sys/fs/cgroup/orders.slice/memory.max", 512 * MEBIBYTE + "\n");
		write("sys/fs/cgroup/orders.slice/memory.current", 500 * MEBIBYTE + "\n");
		write("sys/fs/cgroup/orders.slice/memory.stat", "anon 314572800\ninactive_file %d\n".formatted(190 * MEBIBYTE));
		ControlGroupMemory memory = ControlGroupMemory.of(this.root).orElseThrow();
		assertThat(memory).isEqualTo(new ControlGroupMemory(512 * MEBIBYTE, 310 * MEBIBYTE, 300 * MEBIBYTE));
		assertThat(memory.excess().orElseThrow())
			.contains("310 MiB are in use", "300 MiB, would make 610 MiB", "limit of 512 MiB")
			.contains("handoff.successor.ignore-memory-limit=true");
	}

	@Test
	void firstVersionInAContainerThatSeesThePathFromOutside() throws IOException {
		write("proc/self/cgroup", "4:cpu,cpuacct:/docker/1f\n3:memory:/docker/1f\n0::/\n");
		write("sys/fs/cgroup/memory/memory.limit_in_bytes", 640 * MEBIBYTE + "\n");
		write("sys/fs/cgroup/memory/memory.usage_in_bytes", 330 * MEBIBYTE + "\n");
		write("sys/fs/cgroup/memory/memory.stat", "inactive_file 0\ntotal_inactive_file %d\n".formatted(MEBIBYTE));
		ControlGroupMemory memory = ControlGroupMemory.of(this.root).orElseThrow();
		assertThat(memory).isEqualTo(new ControlGroupMemory(640 * MEBIBYTE, 329 * MEBIBYTE, 300 * MEBIBYTE));
		assertThat(memory.excess()).isEmpty();
	}

	@Test
	void noLimit() throws IOException {
		write("proc/self/cgroup", "0::/user.slice\n");
		write("sys/fs/cgroup/user.slice/memory.max", "max\n");
		assertThat(ControlGroupMemory.of(this.root)).isEmpty();
	}

	@Test
	void noControlGroups() {
		assertThat(ControlGroupMemory.of(this.root)).isEmpty();
	}

	private void write(String file, String text) throws IOException {
		Path path = this.root.resolve(file);
		Files.createDirectories(path.getParent());
		Files.writeString(path, text);
	}

}
