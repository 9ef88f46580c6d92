package dev.handoff.boot.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

class OwnCommandTests {

	@TempDir
	private Path root;

	private Path current;

	private Path java;

	@BeforeEach
	void releases() throws IOException {
		for (String release : List.of("1", "2")) {
			Path directory = Files.createDirectories(this.root.resolve("releases").resolve(release));
			Files.createFile(directory.resolve("orders.jar"));
			Files.createFile(directory.resolve("agent.jar"));
		}
		this.current = Files.createSymbolicLink(this.root.resolve("current"), Path.of("releases/1"));
		this.java = Files.createFile(this.root.resolve("java"));
	}

	@Test
	void theDirectoryIsEnteredByItsName() throws IOException {
		OwnCommand command = command(this.current.toString(), "-jar", "orders.jar");
		deploySecond();
		assertThat(command.directory()).isEqualTo(this.current);
		remove("1");
		assertThat(command.directory().toRealPath()).isEqualTo(release("2").toRealPath());
		assertThat(command.arguments()).containsExactly(this.java.toString(), "-jar", "orders.jar");
	}

	@Test
	void aNameThatMeansAnotherDirectoryIsSomebodyElses() throws IOException {
		assertThat(command("/", "-jar", "orders.jar").directory()).isEqualTo(release("1"));
		assertThat(command("", "-jar", "orders.jar").directory()).isEqualTo(release("1"));
	}

	@Test
	void aDirectoryThatIsGoneIsNamed() throws IOException {
		OwnCommand command = command("", "-jar", "orders.jar");
		remove("1");
		assertThatIOException().isThrownBy(command::directory)
			.withMessageContaining("working directory '%s' does not exist any more", release("1"))
			.withMessageContaining("handoff.successor.command");
	}

	@Test
	void aJarThatIsGoneIsNamed() throws IOException {
		OwnCommand command = command("", "-Xmx64m", "-cp", "lost.jar", "-javaagent:agent.jar=-jar", "-jar",
				"orders.jar", "-jar", "none");
		assertThat(command.arguments()).hasSize(9);
		Files.delete(release("1").resolve("orders.jar"));
		assertThatIOException().isThrownBy(command::arguments)
			.withMessageContaining("'%s' (-jar) does not exist any more", release("1").resolve("orders.jar"));
		Files.delete(release("1").resolve("agent.jar"));
		assertThatIOException().isThrownBy(command::arguments).withMessageContaining("agent.jar' (-javaagent)");
	}

	@Test
	void anArgumentOfTheApplicationIsNoFile() throws IOException {
		assertThat(command("", "-cp", "orders.jar", "com.example.Orders", "-jar", "none").arguments()).hasSize(6);
	}

	@Test
	void aJdkThatWasReplacedIsStartedByItsName() throws IOException {
		OwnCommand command = command("", "-jar", "orders.jar");
		Files.delete(this.java);
		Path link = Files.createFile(this.root.resolve("bin-java"));
		assertThat(command.arguments()).startsWith(link.toString());
		Files.delete(link);
		assertThatIOException().isThrownBy(command::arguments).withMessageContaining("(the program) does not exist");
	}

	private OwnCommand command(String pwd, String... arguments) {
		List<String> commandLine = new ArrayList<>(List.of(arguments));
		commandLine.add(0, this.root.resolve("bin-java").toString());
		return new OwnCommand(commandLine, this.java.toString(), release("1"), Map.of("PWD", pwd));
	}

	private Path release(String name) {
		return this.root.resolve("releases").resolve(name);
	}

	private void deploySecond() throws IOException {
		Files.delete(this.current);
		Files.createSymbolicLink(this.current, Path.of("releases/2"));
	}

	private void remove(String name) throws IOException {
		for (String file : List.of("orders.jar", "agent.jar")) {
			Files.delete(release(name).resolve(file));
		}
		Files.delete(release(name));
	}

}
