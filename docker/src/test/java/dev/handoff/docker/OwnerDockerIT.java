package dev.handoff.docker;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Why there is a holder: a network namespace that the application's own container owns
 * cannot be reached any more when that has ended.
 */
@NeedsEngine
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class OwnerDockerIT {

	private static final ExposedPort PORT = ExposedPort.tcp(8080);

	private final Site site = new Site();

	@AfterEach
	void close() {
		this.site.close();
	}

	@Test
	void thePublishedPortEndsWithTheContainerThatOwnsTheNamespace() {
		Generation owner = this.site.start(DemoImage.name(),
				(command) -> Site.hostConfig(command.withExposedPorts(PORT))
					.withNetworkMode("bridge")
					.withPortBindings(new PortBinding(Ports.Binding.bindIp("127.0.0.1"), PORT)));
		owner.awaitState("SERVING");
		InetSocketAddress published = new InetSocketAddress(this.site.address().getHostString(),
				Generation.publishedPort(owner.inspect(), PORT));
		assertThat(answer(published)).startsWith("HTTP/1.1 200");
		Generation successor = this.site.start(DemoImage.name(),
				(command) -> Site.hostConfig(command).withNetworkMode("container:" + owner.id()));
		successor.awaitState("SERVING");
		assertThat(owner.awaitExit()).isZero();
		assertThat(successor.status()).contains("state: SERVING", "generation: 1");
		assertThat(answer(published)).doesNotStartWith("HTTP");
	}

	private static String answer(InetSocketAddress address) {
		try (Socket socket = new Socket()) {
			socket.connect(address, 5000);
			socket.setSoTimeout(5000);
			socket.getOutputStream()
				.write("GET /api/whoami HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
					.getBytes(StandardCharsets.US_ASCII));
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

}
