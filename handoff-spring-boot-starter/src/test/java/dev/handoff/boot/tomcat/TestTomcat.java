package dev.handoff.boot.tomcat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.handoff.boot.RawConnection;
import dev.handoff.boot.TestListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.awaitility.Awaitility;

/**
 * An embedded Tomcat on {@link TestListener}s that answers each request with its body's
 * length, and those to {@code /slow} when it may.
 */
final class TestTomcat implements AutoCloseable {

	final List<TestListener> listeners = new ArrayList<>();

	final CountDownLatch slowRequestArrived = new CountDownLatch(1);

	final CountDownLatch slowRequestMayEnd = new CountDownLatch(1);

	final Connector connector = new Connector(HandoffHttp11Protocol.class.getName());

	private final Tomcat tomcat = new Tomcat();

	private TestTomcat(Path directory) {
		this.tomcat.setBaseDir(directory.toString());
		this.connector.setPort(0);
		this.connector.setThrowOnFailure(true);
		// How long a stop waits for threads before it complains.
		this.connector.setProperty("socket.unlockTimeout", "2000");
		this.connector.setProperty("selectorTimeout", "4000");
		protocol().use((address, backlog) -> {
			TestListener listener = new TestListener("server", address, backlog);
			this.listeners.add(listener);
			return listener;
		});
		this.tomcat.setConnector(this.connector);
		Context context = this.tomcat.addContext("", directory.toString());
		Tomcat.addServlet(context, "test", new TestServlet());
		context.addServletMapping("/", "test");
	}

	static TestTomcat start(Path directory) throws LifecycleException {
		return start(directory, (connector) -> {
		});
	}

	static TestTomcat start(Path directory, Consumer<Connector> customizer) throws LifecycleException {
		TestTomcat tomcat = new TestTomcat(directory);
		customizer.accept(tomcat.connector);
		tomcat.tomcat.start();
		return tomcat;
	}

	HandoffHttp11Protocol protocol() {
		return (HandoffHttp11Protocol) this.connector.getProtocolHandler();
	}

	TestListener listener() {
		return this.listeners.get(this.listeners.size() - 1);
	}

	RawConnection connect() throws IOException {
		return RawConnection.to(this.connector.getLocalPort());
	}

	Thread acceptor() {
		String name = protocol().endpoint().getName() + "-Acceptor";
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals(name))
			.findFirst()
			.orElseThrow();
	}

	/**
	 * Pauses the connector while its acceptor is waiting for a connection.
	 */
	void pauseWhileAccepting() {
		Awaitility.await()
			.until(() -> Arrays.stream(acceptor().getStackTrace())
				.anyMatch((frame) -> frame.getClassName().equals(TestListener.class.getName())));
		this.connector.pause();
	}

	@Override
	public void close() throws LifecycleException {
		this.slowRequestMayEnd.countDown();
		this.tomcat.stop();
		this.tomcat.destroy();
	}

	@SuppressWarnings("serial")
	private final class TestServlet extends HttpServlet {

		@Override
		protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
			if (request.getRequestURI().equals("/slow")) {
				TestTomcat.this.slowRequestArrived.countDown();
				await(TestTomcat.this.slowRequestMayEnd);
			}
			try (InputStream body = request.getInputStream()) {
				byte[] answer = Integer.toString(body.readAllBytes().length).getBytes(StandardCharsets.US_ASCII);
				response.setContentLength(answer.length);
				response.getOutputStream().write(answer);
			}
		}

		private static void await(CountDownLatch latch) {
			try {
				if (!latch.await(30, TimeUnit.SECONDS)) {
					throw new AssertionError("nobody let the request end");
				}
			}
			catch (InterruptedException ex) {
				throw new AssertionError(ex);
			}
		}

	}

}
