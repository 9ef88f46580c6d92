package dev.handoff.boot.sample;

import java.nio.file.Files;
import java.nio.file.Path;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Is ill while a file is there.
 */
@Component
@ConditionalOnProperty("sample.sick")
class SampleHealth implements HealthIndicator {

	private final Path file;

	SampleHealth(@Value("${sample.sick}") Path file) {
		this.file = file;
	}

	@Override
	public Health health() {
		return (Files.exists(this.file) ? Health.down() : Health.up()).build();
	}

}
