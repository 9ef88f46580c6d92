package dev.handoff.testsupport;

import java.io.PrintStream;
import java.util.List;

/**
 * What the threads of this JVM do.
 */
public final class ThreadDump {

	private ThreadDump() {
	}

	/**
	 * Prints each thread with its stack.
	 */
	public static void print(PrintStream out) {
		Thread.getAllStackTraces().forEach((thread, frames) -> {
			out.println(thread);
			List.of(frames).forEach((frame) -> out.println("\tat " + frame));
		});
	}

}
