package dev.handoff.boot.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Scheduled jobs that write into a file when they begin and end. Appending is atomic, so
 * the file shows the order across processes.
 */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
@ConditionalOnProperty("sample.jobs")
class SampleJobs {

	private final Path file;

	SampleJobs(@Value("${sample.jobs}") Path file) {
		this.file = file;
	}

	@Scheduled(fixedRate = 20, timeUnit = TimeUnit.MILLISECONDS)
	void job() throws Exception {
		write("begin");
		TimeUnit.MILLISECONDS.sleep(10);
		write("end");
	}

	private void write(String what) throws IOException {
		String line = "%s %d%n".formatted(what, ProcessHandle.current().pid());
		Files.write(this.file, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE,
				StandardOpenOption.APPEND);
	}

}
