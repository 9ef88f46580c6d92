package dev.handoff.boot.sample;

import java.util.Arrays;
import java.util.stream.Stream;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Two servers in one process.
 */
public final class TwoContextsApplication {

	private TwoContextsApplication() {
	}

	/**
	 * Starts both.
	 * @param args the first one's, and the port of the other
	 */
	public static void main(String[] args) {
		ConfigurableApplicationContext first = SpringApplication.run(SampleApplication.class, args);
		String port = first.getEnvironment().getRequiredProperty("two-contexts.other-port");
		try {
			SpringApplication.run(SampleApplication.class,
					Stream
						.concat(Arrays.stream(args).filter((arg) -> !arg.startsWith("--server.port=")),
								Stream.of("--server.port=" + port))
						.toArray(String[]::new));
		}
		catch (RuntimeException ex) {
			// It has been logged.
			System.exit(SpringApplication.exit(first, () -> 1));
		}
	}

}
