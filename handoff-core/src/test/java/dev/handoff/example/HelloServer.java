package dev.handoff.example;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import dev.handoff.Handoff;
import dev.handoff.HandoffOptions;
import dev.handoff.Listener;

public final class HelloServer {

	public static void main(String[] args) throws IOException {
		HandoffOptions options = HandoffOptions.forApplication("hello").build();
		try (Handoff handoff = Handoff.start(options)) {
			Listener listener = handoff.listener("echo", new InetSocketAddress(Integer.parseInt(args[0])));
			handoff.ready();
			for (SocketChannel client = listener.accept(); client != null; client = listener.accept()) {
				try (SocketChannel connection = client) {
					ByteBuffer line = ByteBuffer.allocate(1024);
					connection.read(line);
					String answer = "generation %d: ".formatted(handoff.generation());
					connection.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
					connection.write(line.flip());
				}
			}
		}
	}

}
