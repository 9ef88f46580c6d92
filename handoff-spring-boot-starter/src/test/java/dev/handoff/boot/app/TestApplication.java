package dev.handoff.boot.app;

import dev.handoff.Handoff;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * A small application. {@code test.runner} says what its runner does: nothing, {@code
 * throw}, {@code hang} or {@code exit}.
 */
@SpringBootApplication(proxyBeanMethods = false)
@RestController
public class TestApplication {

	private final ObjectProvider<Handoff> handoff;

	public TestApplication(ObjectProvider<Handoff> handoff) {
		this.handoff = handoff;
	}

	public static void main(String[] args) {
		if (Boolean.getBoolean("test.two-contexts")) {
			new SpringApplicationBuilder(TestApplication.class).run(args);
			new SpringApplicationBuilder(TestApplication.class).run("--server.port=0", "--test.name=second");
			System.out.println("two contexts run");
		}
		else {
			SpringApplication.run(TestApplication.class, args);
		}
	}

	@Bean
	ApplicationRunner runner(Environment environment) {
		return (arguments) -> {
			switch (environment.getProperty("test.runner", "")) {
				case "throw" -> throw new IllegalStateException("told to fail");
				case "hang" -> Thread.currentThread().join();
				case "exit" -> Runtime.getRuntime().halt(0);
				default -> {
				}
			}
		};
	}

	@GetMapping("/generation")
	String generation() {
		Handoff current = this.handoff.getIfAvailable();
		return "generation %d thread virtual %s".formatted((current != null) ? current.generation() : -1,
				Thread.currentThread().getClass().getSimpleName().contains("Virtual"));
	}

	@GetMapping("/slow")
	String slow(@RequestParam long ms) throws InterruptedException {
		Thread.sleep(ms);
		return generation();
	}

	@PostMapping("/echo")
	String echo(@RequestBody String body) {
		return body;
	}

}
