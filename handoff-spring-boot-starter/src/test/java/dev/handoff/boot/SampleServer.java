package dev.handoff.boot;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.handoff.ServerProcess;
import dev.handoff.boot.RawConnection.Response;
import dev.handoff.boot.sample.SampleApplication;

/**
 * A {@link SampleApplication} in a process of its own.
 */
final class SampleServer implements AutoCloseable {

	final ServerProcess process;

	private SampleServer(ServerProcess process) {
		this.process = process;
	}

	static SampleServer start(String name, Path directory, String... arguments) {
		return start(name, directory, ServerKind.TOMCAT, arguments);
	}

	static SampleServer start(String name, Path directory, ServerKind kind, String... arguments) {
		return start(name, directory, kind, SampleApplication.class, arguments);
	}

	static SampleServer start(String name, Path directory, Class<?> mainClass, String... arguments) {
		return start(name, directory, ServerKind.TOMCAT, mainClass, arguments);
	}

	/**
	 * Starts a server with another command, which runs what follows it.
	 */
	static SampleServer start(String name, Path directory, List<String> launcher, String... arguments) {
		return start(name, directory, launcher, ServerKind.TOMCAT, SampleApplication.class, arguments);
	}

	private static SampleServer start(String name, Path directory, ServerKind kind, Class<?> mainClass,
			String... arguments) {
		return start(name, directory, List.of(), kind, mainClass, arguments);
	}

	private static SampleServer start(String name, Path directory, List<String> launcher, ServerKind kind,
			Class<?> mainClass, String... arguments) {
		List<String> all = new ArrayList<>(kind.arguments());
		all.addAll(List.of(arguments));
		List<String> jvmArguments = new ArrayList<>(ServerProcess.JVM_ARGS);
		jvmArguments.addAll(kind.jvmArguments());
		jvmArguments.add(SampleArchive.jvmArgument());
		return new SampleServer(ServerProcess.start(name, launcher, jvmArguments, SampleArchive.CLASS_PATH,
				mainClass.getName(), arguments(directory, all.toArray(new String[0])), Map.of()));
	}

	static List<String> arguments(Path directory, String... arguments) {
		Map<String, String> properties = new LinkedHashMap<>();
		properties.put("--spring.application.name", "sample");
		properties.put("--server.port", "0");
		properties.put("--spring.main.banner-mode", "off");
		properties.put("--handoff.control-socket", directory.resolve("control.sock").toString());
		properties.put("--handoff.observation-window", "500ms");
		for (String argument : arguments) {
			int equals = argument.indexOf('=');
			properties.put(argument.substring(0, equals), argument.substring(equals + 1));
		}
		return properties.entrySet().stream().map((property) -> property.getKey() + "=" + property.getValue()).toList();
	}

	/**
	 * Returns a port that nobody has at the moment.
	 */
	static int freePort() throws IOException {
		try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return free.getLocalPort();
		}
	}

	/**
	 * Returns the port, once the server has bound it.
	 */
	int port() {
		return Integer.parseInt(this.process.await("(?:Tomcat|Jetty|Netty) started on port (\\d+)").group(1));
	}

	SampleServer awaitServing() {
		this.process.await("-> SERVING");
		return this;
	}

	static Response get(int port, String path) throws IOException {
		try (RawConnection connection = RawConnection.to(port)) {
			return connection.get(path).response();
		}
	}

	@Override
	public void close() {
		this.process.close();
	}

}
