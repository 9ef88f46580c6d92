package dev.handoff.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@code docker/roll} removes when the new container says nothing. The engine is
 * played by a script, with the old container {@code aa} and the new one {@code bb}.
 */
@Timeout(60)
class RollTests {

	private static final String ENGINE = """
			#!/bin/sh
			cd "$(dirname "$0")"
			echo "$*" >>calls
			case "$1 $3" in
				"ps ") echo cc ;;
				"up --no-deps") touch made ;;
				"ps --no-trunc") echo aa; [ ! -e made ] || echo bb ;;
				"start "*) touch started ;;
				"exec "*) [ "$2" = bb ] || cat old ;;
				"inspect {{.State.Status}}") [ "$4" = aa ] || [ -e started ] && echo running || echo created ;;
				"inspect {{.RestartCount}}") echo 0 ;;
				"inspect "*) echo something ;;
			esac
			""";

	@TempDir
	private Path directory;

	@BeforeEach
	void engine() throws IOException {
		Path engine = Files.writeString(this.directory.resolve("docker"), ENGINE);
		Files.setPosixFilePermissions(engine, PosixFilePermissions.fromString("rwx------"));
	}

	@Test
	void theNewOneIsRemovedIfTheOldOneServes() throws IOException {
		Roll.Result result = roll("state: SERVING\n");
		assertThat(result.output()).contains("it is silent", "the old container serves on");
		assertThat(result.exitCode()).isOne();
		assertThat(removed()).containsExactly("rm -f bb");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "state: TERMINATED\n" })
	void nothingIsRemovedIfNobodySaysThatItServes(String old) throws IOException {
		Roll.Result result = roll(old);
		assertThat(result.output()).contains("it is silent", "nothing is removed", "The new one is bb");
		assertThat(result.exitCode()).isEqualTo(3);
		assertThat(removed()).isEmpty();
	}

	private Roll.Result roll(String old) throws IOException {
		Files.writeString(this.directory.resolve("old"), old);
		return Roll.execute(List.of(DemoImage.ROOT.resolve("docker/roll").toString(), "-t", "0", "image"),
				Map.of("PATH", this.directory + ":" + System.getenv("PATH"), "COMPOSE",
						this.directory.resolve("docker").toString()));
	}

	private List<String> removed() throws IOException {
		return Files.readAllLines(this.directory.resolve("calls"))
			.stream()
			.filter((call) -> call.startsWith("rm "))
			.toList();
	}

}
