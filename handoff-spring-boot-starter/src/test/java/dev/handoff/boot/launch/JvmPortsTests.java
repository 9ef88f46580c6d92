package dev.handoff.boot.launch;

import java.util.List;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class JvmPortsTests {

	@ParameterizedTest
	@ValueSource(strings = { "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=5005",
			"-agentlib:jdwp=transport=dt_socket,address=*:5005,server=y", "-Xrunjdwp:server=y,address=127.0.0.1:5005",
			"-Dcom.sun.management.jmxremote.port=9010", "-Dcom.sun.management.jmxremote.rmi.port=9010" })
	void aFixedPort(String option) {
		assertThat(JvmPorts.refusal(List.of("-Xmx64m", option)).orElseThrow()).contains("the port of '" + option + "'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n",
			"-agentlib:jdwp=transport=dt_socket,server=y,address=0",
			"-agentlib:jdwp=transport=dt_socket,server=y,address=*:0,suspend=n",
			"-agentlib:jdwp=transport=dt_socket,server=n,address=debugger:5005",
			"-Dcom.sun.management.jmxremote.port=0", "-Dcom.sun.management.jmxremote", "-Dserver.port=8080" })
	void nothingThatIsInTheWay(String option) {
		assertThat(JvmPorts.refusal(List.of(option))).isEmpty();
	}

}
