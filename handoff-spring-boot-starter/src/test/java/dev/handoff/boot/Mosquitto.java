package dev.handoff.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import dev.handoff.ServerProcess;
import dev.handoff.testsupport.Requirement;

/**
 * A message broker, which keeps nothing when it ends.
 */
final class Mosquitto implements AutoCloseable {

	private final ServerProcess process;

	private Mosquitto(ServerProcess process) {
		this.process = process;
	}

	static Mosquitto start(Path directory, int port) throws IOException {
		Requirement.CLIENTS.checkProgram("mosquitto", "mosquitto");
		Path configuration = directory.resolve("mosquitto.conf");
		Files.writeString(configuration, """
				listener %d 127.0.0.1
				allow_anonymous true
				persistence false
				log_dest stderr
				""".formatted(port));
		ServerProcess process = ServerProcess.run("mosquitto",
				List.of("/usr/sbin/mosquitto", "-c", configuration.toString()));
		process.await("mosquitto version .* running");
		return new Mosquitto(process);
	}

	static String uri(int port) {
		return "tcp://127.0.0.1:" + port;
	}

	/**
	 * Returns how often a client was thrown out because another one came with its id.
	 */
	long thrownOut() {
		return this.process.output().lines().filter((line) -> line.contains("already connected")).count();
	}

	@Override
	public void close() {
		this.process.close();
	}

}
