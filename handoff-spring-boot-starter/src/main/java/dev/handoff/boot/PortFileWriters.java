package dev.handoff.boot;

import java.io.File;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.boot.web.server.context.WebServerPortFileWriter;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.util.ReflectionUtils;

/**
 * Takes the place of the application's listeners that write the ports of its servers into
 * files, which delete them whoever serves. Safe for use by several threads.
 */
final class PortFileWriters implements ApplicationListener<WebServerInitializedEvent> {

	private static final Logger logger = LoggerFactory.getLogger(PortFileWriters.class);

	// For subclasses only.
	private static final @Nullable Method FILE = ReflectionUtils.findMethod(WebServerPortFileWriter.class,
			"getPortFile", ApplicationContext.class);

	private final List<WebServerPortFileWriter> writers = new ArrayList<>();

	private final List<WebServerInitializedEvent> held = new ArrayList<>();

	private Consumer<WebServerInitializedEvent> consumer = this.held::add;

	/**
	 * Takes the listeners' place.
	 */
	void hold(SpringApplication application) {
		List<ApplicationListener<?>> listeners = new ArrayList<>(application.getListeners());
		for (ApplicationListener<?> listener : application.getListeners()) {
			if (listener instanceof WebServerPortFileWriter writer) {
				this.writers.add(writer);
				listeners.remove(listener);
			}
		}
		if (this.writers.isEmpty()) {
			return;
		}
		if (FILE == null) {
			logger.warn(
					"This version of Spring Boot hides where it writes the ports: after a handoff the file is missing");
			return;
		}
		listeners.add(this);
		application.setListeners(listeners);
	}

	@Override
	public synchronized void onApplicationEvent(WebServerInitializedEvent event) {
		this.consumer.accept(event);
	}

	/**
	 * Lets them write, as without handoffs.
	 */
	void letGo() {
		passTo((event) -> this.writers.forEach((writer) -> writer.onApplicationEvent(event)));
	}

	/**
	 * Has their files written when this process serves.
	 */
	void moveTo(ServingFiles files) {
		passTo((event) -> this.writers
			.forEach((writer) -> files.add(file(writer, event), Integer.toString(event.getWebServer().getPort()))));
	}

	private synchronized void passTo(Consumer<WebServerInitializedEvent> consumer) {
		this.consumer = consumer;
		this.held.forEach(consumer);
		this.held.clear();
	}

	private static File file(WebServerPortFileWriter writer, WebServerInitializedEvent event) {
		Method method = Objects.requireNonNull(FILE);
		ReflectionUtils.makeAccessible(method);
		return (File) Objects
			.requireNonNull(ReflectionUtils.invokeMethod(method, writer, event.getApplicationContext()));
	}

}
