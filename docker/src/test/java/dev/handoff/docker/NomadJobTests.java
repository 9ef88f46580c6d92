package dev.handoff.docker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.bertramlabs.plugins.hcl4j.HCLParser;
import com.bertramlabs.plugins.hcl4j.HCLParserException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the job for Nomad: its syntax, and what it says of handoffs. What Nomad itself
 * would say of it is not tested.
 */
class NomadJobTests {

	private Map<String, Object> group = Map.of();

	private Map<String, Object> tasks = Map.of();

	@BeforeEach
	void parse() throws HCLParserException, IOException {
		// Nomad fills these in; to the parser they would be references to nothing.
		String job = Orchestration.read(Path.of("nomad/orders.nomad.hcl")).replace("${", "$${");
		Map<String, Object> file = map(new HCLParser().parse(job));
		this.group = child(child(child(child(file, "job"), "orders"), "group"), "orders");
		this.tasks = child(this.group, "task");
	}

	@Test
	void theEnvironmentIsKnown() {
		assertThat(this.tasks).containsOnlyKeys("control-directory", "a", "b");
		for (String name : List.of("a", "b")) {
			Orchestration.checkEnvironment(environment(name), "stay");
		}
	}

	@Test
	void theTasksDifferInTheirNameOnly() {
		assertThat(this.tasks.get("a")).isEqualTo(this.tasks.get("b"));
	}

	@Test
	void theTasksShareTheNetworkNamespaceAndTheControlSocketsDirectory() {
		assertThat(child(this.group, "network")).containsEntry("mode", "bridge");
		Map<String, Object> config = child(child(this.tasks, "a"), "config");
		assertThat(config).doesNotContainKeys("network_mode", "ports").containsEntry("readonly_rootfs", true);
		assertThat(String.valueOf(config.get("mount"))).contains("source=../alloc/handoff", "target=/run/handoff");
		assertThat(environment("a").get("HANDOFF_CONTROLSOCKET")).startsWith("/run/handoff/");
		assertThat(child(child(this.tasks, "control-directory"), "lifecycle")).containsEntry("hook", "prestart");
	}

	@Test
	void nomadWaitsForTheDrainWithinItsOwnDefaultLimit() {
		Map<String, String> task = strings(child(this.tasks, "a"));
		assertThat(Orchestration.duration(task, "kill_timeout"))
			.isGreaterThan(Orchestration.duration(environment("a"), "HANDOFF_DRAINTIMEOUT"))
			.isLessThanOrEqualTo(Duration.ofSeconds(30));
	}

	private Map<String, String> environment(String task) {
		return strings(child(child(this.tasks, task), "env"));
	}

	private static Map<String, String> strings(Map<String, Object> values) {
		Map<String, String> strings = new LinkedHashMap<>();
		values.forEach((name, value) -> strings.put(name, String.valueOf(value)));
		return strings;
	}

	private static Map<String, Object> child(Map<String, Object> parent, String name) {
		assertThat(parent).containsKey(name);
		return map(Objects.requireNonNull(parent.get(name)));
	}

	@SuppressWarnings("unchecked") // the parser's form of a block
	private static Map<String, Object> map(Object block) {
		return (Map<String, Object>) block;
	}

}
