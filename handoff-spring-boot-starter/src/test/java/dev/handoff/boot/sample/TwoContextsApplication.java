package dev.handoff.boot.sample;

import org.springframework.boot.SpringApplication;

/**
 * Two servers in one process.
 */
public final class TwoContextsApplication {

	private TwoContextsApplication() {
	}

	public static void main(String[] args) {
		SpringApplication.run(SampleApplication.class, args);
		SpringApplication.run(SampleApplication.class, args);
	}

}
