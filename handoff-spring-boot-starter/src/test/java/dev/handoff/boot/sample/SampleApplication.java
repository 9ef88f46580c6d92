package dev.handoff.boot.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.handoff.Handoff;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * A server as the starter's users write them.
 */
@SpringBootApplication
@RestController
public class SampleApplication {

	private static final Logger logger = LoggerFactory.getLogger(SampleApplication.class);

	private final CountDownLatch slowRequestMayEnd = new CountDownLatch(1);

	private final ObjectProvider<Handoff> handoff;

	private final AsyncTaskExecutor executor;

	SampleApplication(ObjectProvider<Handoff> handoff,
			@Qualifier("applicationTaskExecutor") AsyncTaskExecutor executor) {
		this.handoff = handoff;
		this.executor = executor;
	}

	public static void main(String[] args) {
		SpringApplication.run(SampleApplication.class, args);
	}

	@GetMapping("/generation")
	String generation() {
		Handoff handoff = this.handoff.getIfAvailable();
		return (handoff != null) ? "generation " + handoff.generation() : "no handoff";
	}

	@GetMapping("/slow")
	String slow() throws Exception {
		logger.info("Slow request arrived");
		if (!this.slowRequestMayEnd.await(120, TimeUnit.SECONDS)) {
			throw new IllegalStateException("Nobody let the request end");
		}
		return this.executor.submit(() -> "slow").get();
	}

	@GetMapping("/release")
	String release() {
		this.slowRequestMayEnd.countDown();
		return "released";
	}

	@GetMapping("/thread")
	String thread() {
		return Thread.currentThread().toString();
	}

	@PostMapping("/length")
	String length(@RequestBody String body) {
		return Integer.toString(body.length());
	}

	@Bean
	ApplicationRunner runner(@Value("${sample.fail:false}") boolean fail) {
		return (arguments) -> {
			if (fail) {
				throw new IllegalStateException("The sample was told to fail");
			}
		};
	}

	/**
	 * Waits while a file is there, and fails if it says so: what a successor shall do can
	 * be changed without changing the command line.
	 */
	@Bean
	@ConditionalOnProperty("sample.obstacle")
	ApplicationRunner obstacle(@Value("${sample.obstacle}") Path file) {
		return (arguments) -> {
			String obstacle = read(file);
			for (int i = 0; i < 6000 && !obstacle.isEmpty(); i++) {
				if (obstacle.equals("fail")) {
					throw new IllegalStateException("The obstacle says so");
				}
				TimeUnit.MILLISECONDS.sleep(10);
				obstacle = read(file);
			}
		};
	}

	/**
	 * Never lets the context start, or never lets it close.
	 */
	@Bean
	@ConditionalOnProperty("sample.hanging")
	DisposableBean hanging(@Value("${sample.hanging}") String when, Handoff handoff) {
		// Spring interrupts a thread that starts the context, which this one ignores.
		CompletableFuture<Void> never = new CompletableFuture<>();
		if (when.equals("start")) {
			never.join();
		}
		return never::join;
	}

	private static String read(Path file) throws IOException {
		try {
			return Files.readString(file);
		}
		catch (NoSuchFileException ex) {
			return "";
		}
	}

	@EventListener(ApplicationReadyEvent.class)
	@Order(Ordered.LOWEST_PRECEDENCE)
	void readyListener() {
		this.handoff.ifAvailable((handoff) -> logger.info("Ready listener in {}", handoff.state()));
	}

}
