package dev.handoff;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import dev.handoff.internal.socket.SocketTable;
import dev.handoff.testsupport.Requirement;

/**
 * Servers that take no part in handoffs, from outside this project and in Python.
 */
public final class IncumbentServer {

	private static final Path SYSTEM_PYTHON = Path.of("/usr/bin/python3");

	private IncumbentServer() {
	}

	/**
	 * Returns the command that runs one of the Python programs.
	 */
	public static List<String> python(String program, String... arguments) {
		Requirement.CLIENTS.checkProgram("python3", "python3");
		List<String> command = new ArrayList<>(List.of(pythonPath(), "-c", source(program)));
		command.addAll(List.of(arguments));
		return command;
	}

	// A wrapper on the path might be another process than Python itself.
	public static String pythonPath() {
		return Files.isExecutable(SYSTEM_PYTHON) ? SYSTEM_PYTHON.toString() : "python3";
	}

	private static String source(String program) {
		try (InputStream resource = IncumbentServer.class.getResourceAsStream("incumbent/" + program)) {
			if (resource == null) {
				throw new IllegalArgumentException(program);
			}
			return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the socket of a process that has one.
	 */
	public static String inode(ServerProcess process) {
		return process.sockets().get(0);
	}

	/**
	 * Returns the socket that listens on a port.
	 */
	public static String listening(int port) throws IOException {
		return SocketTable.listeners(Path.of("/proc/self"))
			.stream()
			.filter((entry) -> entry.address() instanceof InetSocketAddress address && address.getPort() == port)
			.map((entry) -> "socket:[%d]".formatted(entry.inode()))
			.findFirst()
			.orElseThrow();
	}

	/**
	 * Returns the flags of the open file description of a socket (open(2)).
	 */
	public static int flags(ServerProcess process, String socket) {
		Path directory = Path.of("/proc", Long.toString(process.pid()));
		try (Stream<Path> links = Files.list(directory.resolve("fd"))) {
			for (Path link : links.toList()) {
				if (isLinkTo(link, socket)) {
					String flags = Files.readAllLines(directory.resolve("fdinfo").resolve(link.getFileName()))
						.stream()
						.filter((line) -> line.startsWith("flags:"))
						.findFirst()
						.orElseThrow();
					return Integer.parseInt(flags.substring("flags:".length()).strip(), 8);
				}
			}
			throw new AssertionError("%s does not hold %s".formatted(directory, socket));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean isLinkTo(Path link, String socket) {
		try {
			return Files.readSymbolicLink(link).toString().equals(socket);
		}
		catch (IOException ex) {
			return false;
		}
	}

}
