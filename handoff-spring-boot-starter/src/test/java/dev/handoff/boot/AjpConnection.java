package dev.handoff.boot;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

/**
 * A proxy's connection to a server that speaks AJP 1.3.
 */
final class AjpConnection implements AutoCloseable {

	private static final int TIMEOUT_MILLIS = 30_000;

	private final Socket socket;

	private final DataInputStream input;

	private AjpConnection(Socket socket) throws IOException {
		this.socket = socket;
		this.socket.setSoTimeout(TIMEOUT_MILLIS);
		this.input = new DataInputStream(socket.getInputStream());
	}

	static AjpConnection to(int port) throws IOException {
		return new AjpConnection(new Socket(InetAddress.getLoopbackAddress(), port));
	}

	/**
	 * Sends a GET request.
	 */
	AjpConnection get(String path, @Nullable String secret) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		DataOutputStream body = new DataOutputStream(bytes);
		// FORWARD_REQUEST, GET
		body.write(new byte[] { 2, 2 });
		for (String text : new String[] { "HTTP/1.1", path, "127.0.0.1", "localhost", "localhost" }) {
			write(body, text);
		}
		body.writeShort(80);
		body.writeBoolean(false);
		// No header.
		body.writeShort(0);
		if (secret != null) {
			body.writeByte(0x0C);
			write(body, secret);
		}
		body.writeByte(0xFF);
		DataOutputStream packet = new DataOutputStream(this.socket.getOutputStream());
		ByteArrayOutputStream all = new ByteArrayOutputStream();
		DataOutputStream head = new DataOutputStream(all);
		head.writeShort(0x1234);
		head.writeShort(bytes.size());
		bytes.writeTo(all);
		packet.write(all.toByteArray());
		return this;
	}

	private static void write(DataOutputStream output, String text) throws IOException {
		byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
		output.writeShort(bytes.length);
		output.write(bytes);
		output.writeByte(0);
	}

	/**
	 * Reads a response.
	 */
	Response response() throws IOException {
		int status = 0;
		StringBuilder body = new StringBuilder();
		while (true) {
			if (this.input.readShort() != 0x4142) {
				throw new IOException("Not a packet of a container");
			}
			byte[] packet = new byte[this.input.readUnsignedShort()];
			this.input.readFully(packet);
			switch (packet[0]) {
				case 3 -> {
					int length = unsignedShort(packet);
					body.append(new String(packet, 3, length, StandardCharsets.UTF_8));
				}
				case 4 -> status = unsignedShort(packet);
				case 5 -> {
					return new Response(status, body.toString(), packet[1] == 1);
				}
				default -> throw new IOException("Packet of type " + packet[0]);
			}
		}
	}

	private static int unsignedShort(byte[] packet) {
		return ByteBuffer.wrap(packet).getShort(1) & 0xFFFF;
	}

	boolean isAtEnd() throws IOException {
		return this.input.read() == -1;
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	/**
	 * A response.
	 *
	 * @param status its status
	 * @param body its body
	 * @param reuse whether the connection may be used again
	 */
	record Response(int status, String body, boolean reuse) {

	}

}
