package dev.handoff.boot.sample;

import java.nio.file.Path;
import java.util.Objects;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.ApplicationPidFileWriter;
import org.springframework.boot.web.server.context.WebServerPortFileWriter;
import org.springframework.core.env.SimpleCommandLinePropertySource;

/**
 * A server that writes its process id and its ports into files, as scripts need them.
 */
public final class FilesApplication {

	private FilesApplication() {
	}

	/**
	 * Starts it.
	 * @param args among them the directory of the files
	 */
	public static void main(String[] args) {
		Path directory = Path
			.of(Objects.requireNonNull(new SimpleCommandLinePropertySource(args).getProperty("sample.files")));
		SpringApplication application = new SpringApplication(SampleApplication.class);
		application.addListeners(new ApplicationPidFileWriter(directory.resolve("sample.pid").toFile()),
				new WebServerPortFileWriter(directory.resolve("sample.port").toFile()));
		application.run(args);
	}

}
