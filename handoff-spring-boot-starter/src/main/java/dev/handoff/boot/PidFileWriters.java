package dev.handoff.boot;

import java.io.File;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.ApplicationPidFileWriter;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.boot.system.SystemProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.util.ReflectionUtils;

/**
 * The application's listeners that write its process id into a file: by themselves they
 * would do so while the predecessor serves, and delete the file whoever serves. Used by
 * the thread that starts the application.
 */
final class PidFileWriters {

	private static final Logger logger = LoggerFactory.getLogger(PidFileWriters.class);

	// A writer knows its file, but does not say.
	private static final @Nullable Field FILE = ReflectionUtils.findField(ApplicationPidFileWriter.class, null,
			File.class);

	private final SpringApplication application;

	private final String[] arguments;

	private final List<ApplicationPidFileWriter> writers = new ArrayList<>();

	PidFileWriters(SpringApplication application, String[] arguments) {
		this.application = application;
		this.arguments = arguments;
	}

	/**
	 * Keeps the listeners from writing, unless they have done so.
	 */
	void hold() {
		this.application.getListeners()
			.stream()
			.filter(ApplicationPidFileWriter.class::isInstance)
			.map(ApplicationPidFileWriter.class::cast)
			.forEach(this.writers::add);
		if (FILE == null && !this.writers.isEmpty()) {
			logger.warn(
					"This version of Spring Boot hides where it writes the process id: after a handoff the file is missing");
			this.writers.clear();
		}
		this.writers.forEach((writer) -> writer.setTriggerEventType(Never.class));
	}

	/**
	 * Lets them write, as without handoffs.
	 */
	void letGo(ConfigurableApplicationContext context) {
		for (ApplicationPidFileWriter writer : this.writers) {
			writer.setTriggerEventType(ApplicationPreparedEvent.class);
			writer.onApplicationEvent(new ApplicationPreparedEvent(this.application, this.arguments, context));
		}
	}

	/**
	 * Has their files written when this process serves.
	 */
	void moveTo(ServingFiles files, Environment environment) {
		for (ApplicationPidFileWriter writer : this.writers) {
			files.add(file(writer, environment), Long.toString(ProcessHandle.current().pid()));
		}
	}

	// As the writer does.
	private static File file(ApplicationPidFileWriter writer, Environment environment) {
		return Stream
			.of(environment.getProperty("spring.pid.file"), environment.getProperty("spring.pidfile"),
					SystemProperties.get("PIDFILE", "pidfile"))
			.filter(Objects::nonNull)
			.findFirst()
			.map(File::new)
			.orElseGet(() -> ownFile(writer));
	}

	private static File ownFile(ApplicationPidFileWriter writer) {
		Field field = Objects.requireNonNull(FILE);
		ReflectionUtils.makeAccessible(field);
		return (File) Objects.requireNonNull(ReflectionUtils.getField(field, writer));
	}

	/**
	 * An event that is never published.
	 */
	abstract static class Never extends SpringApplicationEvent {

		Never(SpringApplication application, String[] arguments) {
			super(application, arguments);
		}

	}

}
