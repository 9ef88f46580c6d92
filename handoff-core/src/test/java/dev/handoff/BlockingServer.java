package dev.handoff;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A Java server without this library, which blocks in accept(2).
 */
public final class BlockingServer {

	private BlockingServer() {
	}

	public static void main(String[] args) throws IOException {
		try (ServerSocket listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress())) {
			System.out.println("listening " + listening.getLocalPort());
			while (true) {
				try (Socket client = listening.accept()) {
					OutputStream output = client.getOutputStream();
					output.write("from incumbent\n".getBytes(StandardCharsets.UTF_8));
				}
			}
		}
	}

}
