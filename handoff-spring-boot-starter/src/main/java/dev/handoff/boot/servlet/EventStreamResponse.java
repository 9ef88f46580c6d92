package dev.handoff.boot.servlet;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.Locale;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.jspecify.annotations.Nullable;

/**
 * A response that notices when it becomes an event stream, and then keeps writes and the
 * stream's end apart.
 */
final class EventStreamResponse extends HttpServletResponseWrapper {

	private final ServletEventStream stream;

	private @Nullable ServletOutputStream output;

	private @Nullable PrintWriter writer;

	EventStreamResponse(HttpServletResponse response, ServletEventStream stream) {
		super(response);
		this.stream = stream;
	}

	static boolean isEventStream(@Nullable String type) {
		return type != null && type.toLowerCase(Locale.ROOT).startsWith("text/event-stream");
	}

	@Override
	public void setContentType(@Nullable String type) {
		super.setContentType(type);
		typeSet();
	}

	@Override
	public void setHeader(String name, @Nullable String value) {
		super.setHeader(name, value);
		headerSet(name);
	}

	@Override
	public void addHeader(String name, String value) {
		super.addHeader(name, value);
		headerSet(name);
	}

	private void headerSet(String name) {
		if ("Content-Type".equalsIgnoreCase(name)) {
			typeSet();
		}
	}

	private void typeSet() {
		if (isEventStream(getContentType())) {
			this.stream.begin();
		}
	}

	@Override
	public ServletOutputStream getOutputStream() throws IOException {
		if (!isEventStream(getContentType())) {
			return super.getOutputStream();
		}
		if (this.output == null) {
			this.output = new EventStreamOutput(super.getOutputStream(), this.stream);
		}
		return this.output;
	}

	@Override
	public PrintWriter getWriter() throws IOException {
		if (!isEventStream(getContentType())) {
			return super.getWriter();
		}
		if (this.writer == null) {
			this.writer = new PrintWriter(new OutputStreamWriter(getOutputStream(), getCharacterEncoding()));
		}
		return this.writer;
	}

	@Override
	public void flushBuffer() throws IOException {
		if (!isEventStream(getContentType())) {
			super.flushBuffer();
			return;
		}
		if (this.writer != null) {
			this.writer.flush();
		}
		this.stream.write(super::flushBuffer, true);
	}

}
