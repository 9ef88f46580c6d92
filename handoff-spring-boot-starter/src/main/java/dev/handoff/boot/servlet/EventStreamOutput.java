package dev.handoff.boot.servlet;

import java.io.IOException;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;

/**
 * The output of an event stream.
 */
final class EventStreamOutput extends ServletOutputStream {

	private final ServletOutputStream output;

	private final ServletEventStream stream;

	EventStreamOutput(ServletOutputStream output, ServletEventStream stream) {
		this.output = output;
		this.stream = stream;
	}

	@Override
	public void write(int b) throws IOException {
		this.stream.write(() -> this.output.write(b), false);
	}

	@Override
	public void write(byte[] bytes, int offset, int length) throws IOException {
		this.stream.write(() -> this.output.write(bytes, offset, length), false);
	}

	@Override
	public void flush() throws IOException {
		this.stream.write(this.output::flush, true);
	}

	@Override
	public void close() throws IOException {
		this.stream.write(this.output::close, true);
	}

	@Override
	public boolean isReady() {
		return this.output.isReady();
	}

	@Override
	public void setWriteListener(WriteListener listener) {
		this.output.setWriteListener(listener);
	}

}
