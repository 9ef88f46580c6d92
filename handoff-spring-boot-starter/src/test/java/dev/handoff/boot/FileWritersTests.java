package dev.handoff.boot;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import dev.handoff.Handoff;
import dev.handoff.HandoffOptions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.ApplicationPidFileWriter;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The file of an application's process id, with handoffs and without.
 */
@ExtendWith(OutputCaptureExtension.class)
@Tag("jdk-independent")
class FileWritersTests {

	private static final String PID = Long.toString(ProcessHandle.current().pid());

	@TempDir
	Path directory;

	@BeforeEach
	void writeAgain() {
		Once.again();
	}

	@Test
	void withoutHandoffsTheFileIsWrittenAtTheStart() {
		try (ConfigurableApplicationContext context = run(NoBeans.class)) {
			assertThat(context.isActive()).isTrue();
			assertThat(file()).hasContent(PID);
		}
	}

	@Test
	void handoffsThatAreTurnedOffChangeNothing() {
		try (ConfigurableApplicationContext context = run(NoBeans.class, "--handoff.enabled=false")) {
			assertThat(context.isActive()).isTrue();
			assertThat(file()).hasContent(PID);
		}
	}

	@Test
	void withHandoffsTheFileIsWrittenWhenTheProcessServes() throws Exception {
		Path named = this.directory.resolve("directory/named.pid");
		try (Handoff handoff = handoff();
				ConfigurableApplicationContext context = run(NoBeans.class, "--spring.pid.file=" + named)) {
			assertThat(context.isActive()).isTrue();
			assertThat(named).doesNotExist();
			handoff.ready();
			// On the observers' thread.
			Awaitility.await().untilAsserted(() -> assertThat(named).hasContent(PID));
			assertThat(file()).doesNotExist();
		}
	}

	@Test
	void aFileThatAnotherProcessHasWrittenIsLeftThere() throws Exception {
		ServingFiles files;
		try (Handoff handoff = handoff()) {
			files = new ServingFiles(handoff);
			handoff.ready();
			handoff.addObserver(files);
			files.add(file().toFile(), PID);
			Awaitility.await().untilAsserted(() -> assertThat(file()).hasContent(PID));
		}
		Files.writeString(file(), "1");
		files.delete();
		assertThat(file()).hasContent("1");
		Files.writeString(file(), PID);
		files.delete();
		assertThat(file()).doesNotExist();
	}

	@Test
	void aWriterThatIsABeanIsNamed(CapturedOutput output) {
		try (Handoff handoff = handoff(); ConfigurableApplicationContext context = run(WriterBean.class)) {
			assertThat(context.isActive()).isTrue();
			assertThat(handoff.isServedByAnother()).isFalse();
			assertThat(output).contains("Bean 'pidFileWriter' deletes its file when this process ends");
		}
	}

	private ConfigurableApplicationContext run(Class<?> source, String... arguments) {
		SpringApplication application = new SpringApplication(source);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.addListeners(new ApplicationPidFileWriter(file().toFile()));
		return application.run(arguments);
	}

	private Handoff handoff() {
		return Handoff.start(HandoffOptions.forApplication("files")
			.controlSocket(this.directory.resolve("control/control.sock"))
			.drainTimeout(Duration.ofSeconds(1))
			.build());
	}

	private Path file() {
		return this.directory.resolve("own.pid");
	}

	@Configuration(proxyBeanMethods = false)
	static class NoBeans {

	}

	@Configuration(proxyBeanMethods = false)
	static class WriterBean {

		@Bean
		ApplicationPidFileWriter pidFileWriter() {
			return new ApplicationPidFileWriter();
		}

	}

	/**
	 * Spring Boot writes once in a JVM.
	 */
	static final class Once extends ApplicationPidFileWriter {

		static void again() {
			reset();
		}

	}

}
