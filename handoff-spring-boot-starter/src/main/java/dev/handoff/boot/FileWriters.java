package dev.handoff.boot;

import java.util.List;
import java.util.stream.Stream;

import dev.handoff.Handoff;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;

/**
 * The application's listeners that write files which are those of the process that
 * serves. They wait until it is known whether there are handoffs. Used by the thread that
 * starts the application.
 */
final class FileWriters {

	private static final Logger logger = LoggerFactory.getLogger(FileWriters.class);

	private static final String PID_FILE_WRITER = "org.springframework.boot.context.ApplicationPidFileWriter";

	private static final String PORT_FILE_WRITER = "org.springframework.boot.web.server.context.WebServerPortFileWriter";

	private final PidFileWriters pids;

	private final @Nullable PortFileWriters ports;

	private FileWriters(PidFileWriters pids, @Nullable PortFileWriters ports) {
		this.pids = pids;
		this.ports = ports;
	}

	/**
	 * Makes the listeners of an application wait.
	 * @param application the application
	 * @param arguments its arguments
	 * @return the listeners
	 */
	static FileWriters hold(SpringApplication application, String[] arguments) {
		PidFileWriters pids = new PidFileWriters(application, arguments);
		pids.hold();
		PortFileWriters ports = null;
		if (ClassUtils.isPresent(PORT_FILE_WRITER, application.getClassLoader())) {
			ports = new PortFileWriters();
			ports.hold(application);
		}
		return new FileWriters(pids, ports);
	}

	/**
	 * Goes on when the context is there.
	 */
	void started(ConfigurableApplicationContext context) {
		Handoff.current().ifPresentOrElse((handoff) -> moveTo(handoff, context), () -> letGo(context));
	}

	private void moveTo(Handoff handoff, ConfigurableApplicationContext context) {
		ServingFiles files = new ServingFiles(handoff);
		this.pids.moveTo(files, context.getEnvironment());
		if (this.ports != null) {
			this.ports.moveTo(files);
		}
		handoff.addObserver(files);
		// After the contexts have ended their part in the handoff.
		SpringApplication.getShutdownHandlers().add(files::delete);
		beans(context).forEach((name) -> logger.warn(
				"Bean '{}' deletes its file when this process ends, although another one may serve. Give it to the SpringApplication as a listener instead",
				name));
	}

	private void letGo(ConfigurableApplicationContext context) {
		this.pids.letGo(context);
		if (this.ports != null) {
			this.ports.letGo();
		}
	}

	private static List<String> beans(ConfigurableApplicationContext context) {
		return Stream.of(PID_FILE_WRITER, PORT_FILE_WRITER)
			.filter((type) -> ClassUtils.isPresent(type, context.getClassLoader()))
			.flatMap((type) -> Stream.of(context
				.getBeanNamesForType(ClassUtils.resolveClassName(type, context.getClassLoader()), true, false)))
			.toList();
	}

}
