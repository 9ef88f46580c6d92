package dev.handoff.boot.diagnostics;

import java.net.BindException;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PredecessorPortFailureAnalyzer}; {@code InstancesIT} has the process.
 */
class PredecessorPortFailureAnalyzerTests {

	@Test
	void withoutAPredecessorItIsSomebodyElses() {
		assertThat(new PredecessorPortFailureAnalyzer()
			.analyze(new IllegalStateException(new BindException("Address already in use: /0.0.0.0:8080")))).isNull();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "Port 9092 was already in use. | 9092", "Address already in use: /0.0.0.0:9090 | 9090",
					"Failed to bind to address [::1]:9090 | 1 9090", "version 4.1.2, code 123456, port 80 | 80",
					"bind(..) failed with error(-98) | 98", "no number |" })
	void aPortIsFoundInAMessage(String message, String numbers) {
		List<String> expected = (numbers != null) ? List.of(numbers.split(" ")) : List.of();
		assertThat(PredecessorPortFailureAnalyzer.numbers(message).stream().map(String::valueOf)).isEqualTo(expected);
	}

}
