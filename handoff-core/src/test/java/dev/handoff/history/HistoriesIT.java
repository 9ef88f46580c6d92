package dev.handoff.history;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import dev.handoff.LineClient;
import dev.handoff.ServerProcess;
import dev.handoff.TestServer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random histories of plain servers. With {@code -Dhistories=} it runs for as long as
 * that many take.
 */
@Tag("jdk-independent")
class HistoriesIT {

	private static final long SECONDS = 20;

	@TempDir
	private Path directory;

	@TestFactory
	Stream<DynamicTest> guaranteesHoldWhateverHappens() {
		return new Histories(new PlainServers(), this.directory).tests(SECONDS);
	}

	private static final class PlainServers implements Servers {

		@Override
		public ServerProcess start(String name, History history, Path controlSocket, int port, int extraPort) {
			List<String> listeners = new ArrayList<>(List.of("http=127.0.0.1:" + port));
			if (extraPort != 0) {
				listeners.add("extra=127.0.0.1:" + extraPort);
			}
			return ServerProcess.start(name, List.of(),
					List.of("-Dtest.socket=" + controlSocket, "-Dtest.window=" + history.windowMillis(),
							"-Dtest.manual=" + history.manual(), "-Dtest.drop=true", "-Dtest.step=1500",
							"-Dtest.ready=4000", "-Dtest.drain=1500", "-Dtest.connect=6000",
							"-Dorg.slf4j.simpleLogger.defaultLogLevel=info"),
					TestServer.class.getName(), listeners);
		}

		@Override
		public long ask(int port) throws IOException {
			try (LineClient client = LineClient
				.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
				client.send("x");
				return Long.parseLong(client.answer().replaceFirst(".* pid (\\d+) .*", "$1"));
			}
		}

	}

}
