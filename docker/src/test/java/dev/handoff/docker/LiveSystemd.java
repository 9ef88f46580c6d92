package dev.handoff.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import dev.handoff.testsupport.ProcessTree;
import dev.handoff.testsupport.Requirement;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A systemd of its own, in namespaces that end with it.
 */
final class LiveSystemd implements AutoCloseable {

	private final Path directory;

	private final Path controlGroup;

	private final Process boot;

	private LiveSystemd(Path directory, Path controlGroup, Process boot) {
		this.directory = directory;
		this.controlGroup = controlGroup;
		this.boot = boot;
	}

	/**
	 * Boots it, and skips or fails the test where that is impossible.
	 * @param directory has {@code units} and {@code opt}
	 */
	static LiveSystemd boot(Path directory) throws IOException, InterruptedException {
		Requirement.SYSTEMD.checkProgram("/lib/systemd/systemd", "systemd");
		Requirement.SYSTEMD.check(ProcessHandle.current().info().user().filter("root"::equals).isPresent(),
				"only root can boot systemd");
		String groups = output("findmnt", "-n", "-f", "-t", "cgroup2", "-o", "TARGET").strip();
		Requirement.SYSTEMD.check(!groups.isEmpty(), "cgroup v2 is not mounted");
		Path controlGroup = Files.createTempDirectory(Path.of(groups), "handoff-");
		Process boot = new ProcessBuilder(Path.of("src/test/systemd/boot").toAbsolutePath().toString(),
				directory.toString(), controlGroup.toString())
			.redirectErrorStream(true)
			.redirectOutput(directory.resolve("boot.log").toFile())
			.start();
		LiveSystemd systemd = new LiveSystemd(directory, controlGroup, boot);
		try {
			Awaitility.await("boot").atMost(Duration.ofSeconds(20)).until(() -> !boot.isAlive() || systemd.isRunning());
			Requirement.SYSTEMD.check(boot.isAlive(), "systemd does not boot: " + systemd.log("boot.log"));
			return systemd;
		}
		catch (Throwable ex) {
			systemd.close();
			throw ex;
		}
	}

	private boolean isRunning() throws IOException, InterruptedException {
		return processOne() != null && run("systemctl", "is-system-running").output().strip().equals("running");
	}

	// Before it is systemd, what it sees as /run/systemd may be the machine's.
	private @Nullable String processOne() {
		return this.boot.children()
			.filter((child) -> child.info().command().filter((command) -> command.endsWith("/systemd")).isPresent())
			.map((child) -> Long.toString(child.pid()))
			.findFirst()
			.orElse(null);
	}

	/**
	 * Starts a command in its namespaces.
	 */
	Process start(String... command) throws IOException {
		List<String> entered = new ArrayList<>(
				List.of("nsenter", "-t", Objects.requireNonNull(processOne(), "it has ended"), "-m", "-p", "-n"));
		entered.addAll(Arrays.asList(command));
		return new ProcessBuilder(entered).redirectErrorStream(true).start();
	}

	Result run(String... command) throws IOException, InterruptedException {
		return finish(start(command));
	}

	/**
	 * Runs a command that has to succeed.
	 * @return what it says
	 */
	String succeed(String... command) throws IOException, InterruptedException {
		Result result = run(command);
		if (result.exitCode() != 0) {
			throw new AssertionError(
					"%s: %s%n%s%n%s".formatted(List.of(command), result, log("boot.log"), log("orders.log")));
		}
		return result.output().strip();
	}

	String property(String unit, String name) throws IOException, InterruptedException {
		return succeed("systemctl", "show", "--value", "--property=" + name, unit);
	}

	String log(String name) throws IOException {
		Path log = this.directory.resolve(name);
		return Files.exists(log) ? Files.readString(log) : "";
	}

	static Result finish(Process process) throws IOException, InterruptedException {
		try {
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			if (!process.waitFor(60, TimeUnit.SECONDS)) {
				throw new AssertionError("It does not end: " + output);
			}
			return new Result(process.exitValue(), output);
		}
		finally {
			ProcessTree.end(process.toHandle());
		}
	}

	private static String output(String... command) throws IOException, InterruptedException {
		return finish(new ProcessBuilder(command).start()).output();
	}

	/**
	 * Ends it with all of its processes.
	 */
	@Override
	public void close() throws IOException {
		// The kernel ends a namespace's processes with its first.
		ProcessTree.end(this.boot.toHandle());
		Awaitility.await("processes end")
			.atMost(Duration.ofSeconds(20))
			.until(() -> Files.readString(this.controlGroup.resolve("cgroup.events")).contains("populated 0"));
		Files.walkFileTree(this.controlGroup, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult postVisitDirectory(Path group, @Nullable IOException ex) throws IOException {
				// Its files are the kernel's.
				Files.delete(group);
				return FileVisitResult.CONTINUE;
			}

		});
	}

	/**
	 * What came of a command.
	 *
	 * @param exitCode its exit code
	 * @param output what it said
	 */
	record Result(int exitCode, String output) {
	}

}
