package dev.handoff;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.handoff.testsupport.OpenDescriptors;
import dev.handoff.testsupport.ThreadDump;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * The processes that a test starts. They are ended with it, in any case. If it fails, or
 * its time is over, they tell their history and those that live their threads; if it
 * passes, it must have closed its sockets.
 */
public final class Processes implements BeforeEachCallback, AfterTestExecutionCallback, AfterEachCallback {

	// Tests of one JVM run one after the other.
	private static @Nullable Processes current;

	private final List<ServerProcess> processes = new ArrayList<>();

	private final Duration patience;

	private Map<Integer, String> before = Map.of();

	private boolean described;

	/**
	 * Creates the processes of a test.
	 */
	public Processes() {
		this(Duration.ofSeconds(10));
	}

	Processes(Duration patience) {
		this.patience = patience;
	}

	/**
	 * Takes a process that has been started, to be ended after the test, if one runs.
	 */
	static void started(ServerProcess process) {
		if (current != null) {
			current.processes.add(process);
		}
	}

	/**
	 * Ends the process that was started first of those that are left.
	 */
	public void closeFirst() {
		this.processes.remove(0).close();
	}

	/**
	 * Ends the process that was started last.
	 */
	public void closeLast() {
		this.processes.get(this.processes.size() - 1).close();
	}

	/**
	 * Ends all of them.
	 */
	public void closeAll() {
		AssertionError failure = null;
		for (ServerProcess process : this.processes) {
			try {
				process.close();
			}
			catch (AssertionError ex) {
				failure = ex;
			}
		}
		if (failure != null) {
			throw failure;
		}
	}

	@Override
	public void beforeEach(ExtensionContext context) throws IOException {
		// The first channel of a JVM opens a socket that the JDK keeps.
		SocketChannel.open().close();
		current = this;
		this.described = false;
		this.before = sockets();
	}

	@Override
	public void afterTestExecution(ExtensionContext context) {
		describeIfFailed(context);
	}

	private void describeIfFailed(ExtensionContext context) {
		boolean failed = context.getExecutionException()
			.filter((failure) -> !(failure instanceof TestAbortedException))
			.isPresent();
		if (failed && !this.described) {
			this.described = true;
			System.err.printf("%s failed. Its processes:%n", context.getUniqueId());
			this.processes.forEach((process) -> System.err.println(process.describe()));
			ThreadDump.print(System.err);
		}
	}

	@Override
	public void afterEach(ExtensionContext context) throws IOException {
		// What failed may have been the test's preparation.
		describeIfFailed(context);
		current = null;
		closeAll();
		this.processes.clear();
		if (context.getExecutionException().isEmpty()) {
			requireNoMoreSockets();
		}
	}

	// Threads of a test may need a moment to close what they have.
	private void requireNoMoreSockets() throws IOException {
		try {
			Awaitility.await().atMost(this.patience).until(() -> left().isEmpty());
		}
		catch (ConditionTimeoutException ex) {
			throw new AssertionError("The test has left these sockets open: " + left(), ex);
		}
	}

	private List<String> left() throws IOException {
		List<String> left = new ArrayList<>(sockets().values());
		// One by one: a socket that was there may have got one more descriptor.
		this.before.values().forEach(left::remove);
		return left;
	}

	private static Map<Integer, String> sockets() throws IOException {
		Map<Integer, String> sockets = OpenDescriptors.list();
		sockets.values().removeIf((target) -> !target.startsWith("socket:"));
		return sockets;
	}

}
