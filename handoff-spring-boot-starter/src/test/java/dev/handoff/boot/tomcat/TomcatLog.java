package dev.handoff.boot.tomcat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * What the connector complains about.
 */
final class TomcatLog extends Handler {

	private static final Logger tomcat = Logger.getLogger("org.apache");

	private final List<String> complaints = new CopyOnWriteArrayList<>();

	private TomcatLog() {
	}

	static TomcatLog open() {
		TomcatLog log = new TomcatLog();
		tomcat.addHandler(log);
		return log;
	}

	List<String> complaints() {
		return this.complaints;
	}

	@Override
	public void publish(LogRecord entry) {
		boolean connector = entry.getLoggerName().startsWith("org.apache.tomcat.util.net")
				|| entry.getLoggerName().startsWith("org.apache.coyote");
		if (connector && entry.getLevel().intValue() >= Level.WARNING.intValue()) {
			this.complaints.add(entry.getMessage() + ((entry.getThrown() != null) ? ": " + entry.getThrown() : ""));
		}
	}

	@Override
	public void flush() {
	}

	@Override
	public void close() {
		tomcat.removeHandler(this);
	}

}
