package dev.handoff;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A process for tests that owns files and pipes, given as {@code name=append:PATH} or
 * {@code name=pipe:PATH}, with {@code @PID} or {@code @PID:DESCRIPTOR} in front of the
 * path to take them from another process. It writes what it is told to, and what it reads
 * from a pipe goes to the file {@code NAME-GENERATION} beside the control socket.
 */
final class FileServer {

	private static final int PIPE_SIZE = 64 * 1024;

	private final Map<String, AppendFile> files = new ConcurrentHashMap<>();

	private final Path directory;

	private final Handoff handoff;

	private volatile boolean writing;

	private volatile boolean asked;

	private int lines;

	private FileServer(Path directory, Handoff handoff) {
		this.directory = directory;
		this.handoff = handoff;
	}

	public static void main(String[] args) throws Exception {
		Path socket = Path.of(System.getProperty("test.socket"));
		HandoffOptions options = HandoffOptions.forApplication("files")
			.controlSocket(socket)
			.stepTimeout(Duration.ofSeconds(10))
			.observationWindow(Duration.ofMillis(Integer.getInteger("test.window", 300)))
			.build();
		Handoff handoff = Handoff.start(options);
		handoff.addObserver((change) -> say("state " + change.to()));
		FileServer server = new FileServer(socket.resolveSibling(""), handoff);
		try {
			for (String argument : args) {
				server.own(argument.split("=", 2)[0], argument.split("=", 2)[1]);
			}
		}
		catch (HandoffException ex) {
			say("failed %s: %s".formatted(ex.getClass().getSimpleName(), ex.getMessage()));
			handoff.close();
			System.exit(3);
		}
		say("started generation %d".formatted(handoff.generation()));
		BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String command = commands.readLine(); command != null; command = commands.readLine()) {
			server.obey(command.split(" ", 3));
		}
	}

	private void own(String name, String what) throws IOException {
		String kind = what.substring(0, what.indexOf(':'));
		String place = what.substring(what.indexOf(':') + 1);
		ProcessFile source = null;
		if (place.startsWith("@")) {
			String[] process = place.substring(1, place.indexOf('/')).split(":", -1);
			source = new ProcessFile(Long.parseLong(process[0]),
					(process.length > 1) ? Integer.valueOf(process[1]) : null);
			place = place.substring(place.indexOf('/'));
		}
		Path path = Path.of(place);
		if (kind.equals("append")) {
			AppendFile file = (source != null) ? this.handoff.appendFile(name, path, source)
					: this.handoff.appendFile(name, path);
			this.files.put(name, file);
			say("file %s %s".formatted(name, file.isInherited() ? "inherited" : "opened"));
			return;
		}
		NamedPipe pipe = (source != null) ? this.handoff.namedPipe(name, path, source)
				: this.handoff.namedPipe(name, path);
		say("file %s %s".formatted(name, pipe.isInherited() ? "inherited" : "opened"));
		Path target = this.directory.resolve("%s-%d".formatted(name, this.handoff.generation()));
		start("reader", () -> copy(pipe, target));
	}

	private static void copy(NamedPipe pipe, Path target) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(PIPE_SIZE);
		try (FileChannel output = FileChannel.open(target, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
			while (pipe.read(buffer) >= 0) {
				output.write(buffer.flip());
				buffer.clear();
			}
		}
		say("pipe given up");
	}

	private void obey(String[] command) throws IOException {
		switch (command[0]) {
			case "ready" -> this.handoff.ready();
			case "reclaim" -> this.handoff.request(HandoffCommand.RECLAIM).join();
			case "write" -> {
				write(command[1], command[2] + "\n");
				say("wrote " + command[2]);
			}
			case "load" -> {
				this.writing = true;
				start("writer", () -> load(command[1]));
			}
			case "ask" -> this.asked = true;
			case "stop" -> this.writing = false;
			case "exit" -> Runtime.getRuntime().halt(0);
			default -> say("unknown command " + command[0]);
		}
	}

	// Numbered lines of different lengths, up to more than two pages.
	private void load(String name) throws IOException {
		say("load begins");
		while (this.writing) {
			boolean answer = this.asked;
			if (answer) {
				this.asked = false;
			}
			write(name, "%d %d %s\n".formatted(this.handoff.generation(), this.lines, "x".repeat(this.lines % 9000)));
			this.lines++;
			if (answer) {
				say("load goes on");
			}
		}
		say("load ends after %d lines".formatted(this.lines));
	}

	private void write(String name, String text) throws IOException {
		ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
		int length = bytes.remaining();
		int written = Objects.requireNonNull(this.files.get(name)).write(bytes);
		if (written != length) {
			throw new IOException("%d of %d bytes written".formatted(written, length));
		}
	}

	private static void start(String name, Work work) {
		Thread thread = new Thread(() -> {
			try {
				work.run();
			}
			catch (IOException | RuntimeException ex) {
				say("%s failed: %s".formatted(name, ex));
			}
		}, name);
		thread.setDaemon(true);
		thread.start();
	}

	private static synchronized void say(String line) {
		System.out.println(line);
	}

	private interface Work {

		void run() throws IOException;

	}

}
