package dev.handoff.boot.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.handoff.Handoff;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/**
 * Registers the process under an id that all processes of the application have. The entry
 * of the registry is a file.
 */
@Component
@ConditionalOnProperty("sample.registered")
class SampleRegistration implements InitializingBean, DisposableBean {

	private final Path entry;

	private final ObjectProvider<Handoff> handoff;

	SampleRegistration(@Value("${sample.registered}") Path entry, ObjectProvider<Handoff> handoff) {
		this.entry = entry;
		this.handoff = handoff;
	}

	@Override
	public void afterPropertiesSet() throws IOException {
		Files.writeString(this.entry, "UP");
	}

	@Override
	public void destroy() throws IOException {
		Handoff handoff = this.handoff.getIfAvailable();
		if (handoff == null || !handoff.isServedByAnother()) {
			Files.deleteIfExists(this.entry);
		}
	}

}
