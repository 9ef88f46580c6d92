package dev.handoff;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import dev.handoff.testsupport.BusyCommonPool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Processes}.
 */
class ProcessesIT {

	private final Processes processes = new Processes(Duration.ofMillis(200));

	@TempDir
	private Path directory;

	@Test
	void whenATestFailsItsProcessesTellWhatTheyDoAndAreEnded() throws Exception {
		this.processes.beforeEach(context(null));
		ServerProcess server = ServerProcess.start("server", List.of(),
				List.of("-Dtest.socket=" + this.directory.resolve("run/s")), TestServer.class.getName(),
				List.of("http=127.0.0.1:0"));
		server.await("^started");
		server.ready();
		server.awaitState(HandoffState.SERVING);
		String told = errors(() -> this.processes.afterTestExecution(context(new AssertionError("failed"))));
		assertThat(told).contains("the test failed", "server, pid " + server.pid(), "STARTING -> SERVING",
				"\"handoff-session\"", "ProcessesIT");
		this.processes.afterEach(context(new AssertionError("failed")));
		assertThat(server.isAlive()).isFalse();
	}

	@Test
	void whenATestPassesOrIsSkippedNothingIsTold() throws Exception {
		this.processes.beforeEach(context(null));
		assertThat(errors(() -> this.processes.afterTestExecution(context(null)))).isEmpty();
		assertThat(errors(() -> this.processes.afterTestExecution(context(new TestAbortedException())))).isEmpty();
	}

	@Test
	void whatAProcessHasStartedIsEndedWhileTheCommonPoolIsBusy() throws Exception {
		BusyCommonPool.during(() -> {
			ServerProcess shell = ServerProcess.run("shell", List.of("sh", "-c", "sleep 600 & echo pid $!; wait"));
			long pid = Long.parseLong(shell.await("^pid (\\d+)").group(1));
			shell.close();
			assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
		});
	}

	@Test
	void aTestThatPassesMustHaveClosedItsSockets() throws Exception {
		this.processes.beforeEach(context(null));
		try (ServerSocket left = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			assertThat(left.isBound()).isTrue();
			assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> this.processes.afterEach(context(null)))
				.withMessageContaining("socket:[");
		}
		this.processes.afterEach(context(null));
	}

	private static String errors(Runnable action) {
		PrintStream before = System.err;
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
		try {
			action.run();
		}
		finally {
			System.setErr(before);
		}
		return bytes.toString(StandardCharsets.UTF_8);
	}

	private static ExtensionContext context(@Nullable Throwable failure) {
		return (ExtensionContext) Proxy.newProxyInstance(ProcessesIT.class.getClassLoader(),
				new Class<?>[] { ExtensionContext.class },
				(proxy, method, arguments) -> method.getName().equals("getUniqueId") ? "the test"
						: Optional.ofNullable(failure));
	}

}
