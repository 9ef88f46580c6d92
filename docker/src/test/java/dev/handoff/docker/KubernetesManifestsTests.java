package dev.handoff.docker;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1DaemonSet;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1PodTemplateSpec;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V1Volume;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of the manifests for Kubernetes against the models of its official client, which
 * are generated from its OpenAPI description: unknown fields, missing ones, wrong types.
 * OpenKruise's own fields have no such model.
 */
class KubernetesManifestsTests {

	private static final Path MANIFESTS = Path.of("kubernetes");

	// What a SidecarSet adds to the fields of a container.
	private static final Set<String> SIDECAR_FIELDS = Set.of("upgradeStrategy");

	@Test
	void theManifestsHaveTheFieldsOfTheirKinds() throws IOException {
		List<String> kinds = new ArrayList<>();
		try (DirectoryStream<Path> files = Files.newDirectoryStream(MANIFESTS, "*.yaml")) {
			for (Path file : files) {
				for (JsonObject document : documents(file)) {
					validate(document);
					kinds.add(document.get("kind").getAsString());
				}
			}
		}
		assertThat(kinds).containsExactlyInAnyOrder("Namespace", "DaemonSet", "StatefulSet", "Service", "Deployment",
				"SidecarSet", "CloneSet");
	}

	@Test
	void anUnknownFieldIsFound() throws IOException {
		JsonObject manifest = document("daemonset.yaml", "DaemonSet");
		container(pod(manifest), "orders").getAsJsonObject("startupProbe").addProperty("failureTreshold", 1);
		assertThatIllegalArgumentException().isThrownBy(() -> validate(manifest))
			.withMessageContaining("failureTreshold");
	}

	private static void validate(JsonObject document) throws IOException {
		switch (document.get("kind").getAsString()) {
			case "Namespace" -> V1Namespace.validateJsonElement(document);
			case "DaemonSet" -> V1DaemonSet.validateJsonElement(document);
			case "StatefulSet" -> V1StatefulSet.validateJsonElement(document);
			case "Deployment" -> V1Deployment.validateJsonElement(document);
			case "Service" -> V1Service.validateJsonElement(document);
			case "CloneSet" -> {
				V1ObjectMeta.validateJsonElement(document.get("metadata"));
				V1PodTemplateSpec.validateJsonElement(document.getAsJsonObject("spec").get("template"));
			}
			case "SidecarSet" -> validateSidecarSet(document);
			default -> throw new IllegalArgumentException("No model for " + document.get("kind"));
		}
	}

	private static void validateSidecarSet(JsonObject document) throws IOException {
		V1ObjectMeta.validateJsonElement(document.get("metadata"));
		JsonObject spec = document.getAsJsonObject("spec");
		for (String list : List.of("initContainers", "containers")) {
			for (JsonElement container : spec.getAsJsonArray(list)) {
				JsonObject plain = container.deepCopy().getAsJsonObject();
				SIDECAR_FIELDS.forEach(plain::remove);
				V1Container.validateJsonElement(plain);
			}
		}
		for (JsonElement volume : spec.getAsJsonArray("volumes")) {
			V1Volume.validateJsonElement(volume);
		}
	}

	@Test
	void anOldPodOfTheDaemonSetStaysUntilTheHandoffIsConfirmed() throws IOException {
		JsonObject spec = document("daemonset.yaml", "DaemonSet").getAsJsonObject("spec");
		JsonObject pod = spec.getAsJsonObject("template").getAsJsonObject("spec");
		JsonObject container = container(pod, "orders");
		Map<String, String> environment = environment(container);
		Orchestration.checkEnvironment(environment, "stay");
		assertThat(Duration.ofSeconds(spec.get("minReadySeconds").getAsLong()))
			.isGreaterThan(Orchestration.duration(environment, "HANDOFF_OBSERVATIONWINDOW").plusSeconds(5));
		assertThat(spec.getAsJsonObject("updateStrategy").getAsJsonObject("rollingUpdate").get("maxSurge").getAsInt())
			.isEqualTo(1);
		assertThat(pod.get("hostNetwork").getAsBoolean()).isTrue();
		assertThat(container.has("ports")).as("a host port, which keeps the second pod from the node").isFalse();
		checkStartupProbeHasTime(container, environment);
		checkDrainHasTime(pod, environment, Duration.ZERO);
	}

	private static void checkStartupProbeHasTime(JsonObject container, Map<String, String> environment) {
		JsonObject probe = container.getAsJsonObject("startupProbe");
		assertThat(probe.getAsJsonObject("exec").toString()).contains("$INFO_INSTANCE");
		Duration time = Duration
			.ofSeconds(probe.get("periodSeconds").getAsLong() * probe.get("failureThreshold").getAsLong());
		assertThat(time).isGreaterThan(Orchestration.duration(environment, "HANDOFF_READYTIMEOUT"));
	}

	@Test
	void theTwoSlotsDifferInTheirNameAndImageOnly() throws IOException {
		JsonObject pod = pod(document("two-slots.yaml", "StatefulSet"));
		JsonObject first = container(pod, "a").deepCopy();
		JsonObject second = container(pod, "b").deepCopy();
		for (String field : List.of("name", "image")) {
			assertThat(first.remove(field)).isNotEqualTo(second.remove(field));
		}
		assertThat(first).isEqualTo(second);
		Orchestration.checkEnvironment(environment(first), "stay");
		checkDrainHasTime(pod, environment(first), Duration.ZERO);
	}

	@Test
	void theHookOfTheSidecarOutlastsTheObservationWindow() throws IOException {
		JsonObject spec = document("openkruise.yaml", "SidecarSet").getAsJsonObject("spec");
		JsonObject container = container(spec, "orders");
		Map<String, String> environment = environment(container);
		Orchestration.checkEnvironment(environment, "stay");
		assertThat(environment).containsEntry("INFO_INSTANCE", "${SIDECARSET_VERSION}");
		String hook = container.getAsJsonObject("lifecycle").toString();
		assertThat(hook).contains("sleep 20", "left=150");
		assertThat(Duration.ofSeconds(20))
			.isGreaterThan(Orchestration.duration(environment, "HANDOFF_OBSERVATIONWINDOW").plusSeconds(5));
		assertThat(Duration.ofSeconds(150)).isGreaterThan(Orchestration.duration(environment, "HANDOFF_READYTIMEOUT"));
		checkDrainHasTime(pod(document("openkruise.yaml", "CloneSet")), environment, Duration.ZERO);
	}

	@Test
	void aPodThatIsReplacedSleepsAndThenDrains() throws IOException {
		JsonObject pod = pod(document("rolling.yaml", "Deployment"));
		JsonObject container = container(pod, "orders");
		Orchestration.checkEnvironment(environment(container), "exit");
		JsonObject sleep = container.getAsJsonObject("lifecycle").getAsJsonObject("preStop").getAsJsonObject("sleep");
		checkDrainHasTime(pod, environment(container), Duration.ofSeconds(sleep.get("seconds").getAsLong()));
	}

	private static void checkDrainHasTime(JsonObject pod, Map<String, String> environment, Duration before) {
		assertThat(Duration.ofSeconds(pod.get("terminationGracePeriodSeconds").getAsLong()))
			.isGreaterThan(Orchestration.duration(environment, "HANDOFF_DRAINTIMEOUT").plus(before));
	}

	@Test
	void everyContainerHasNoMoreRightsThanItNeeds() throws IOException {
		for (JsonObject spec : List.of(pod(document("daemonset.yaml", "DaemonSet")),
				pod(document("two-slots.yaml", "StatefulSet")), pod(document("rolling.yaml", "Deployment")),
				document("openkruise.yaml", "SidecarSet").getAsJsonObject("spec"),
				pod(document("openkruise.yaml", "CloneSet")))) {
			JsonObject ofPod = spec.has("securityContext") ? spec.getAsJsonObject("securityContext") : new JsonObject();
			for (JsonElement container : spec.getAsJsonArray("containers")) {
				JsonObject context = container.getAsJsonObject().getAsJsonObject("securityContext");
				assertThat(context.get("readOnlyRootFilesystem").getAsBoolean()).isTrue();
				assertThat(context.get("allowPrivilegeEscalation").getAsBoolean()).isFalse();
				assertThat(context.getAsJsonObject("capabilities")).hasToString("{\"drop\":[\"ALL\"]}");
				assertThat((context.has("runAsNonRoot") ? context : ofPod).get("runAsNonRoot").getAsBoolean()).isTrue();
			}
		}
	}

	private static JsonObject pod(JsonObject manifest) {
		return manifest.getAsJsonObject("spec").getAsJsonObject("template").getAsJsonObject("spec");
	}

	private static JsonObject container(JsonObject spec, String name) {
		for (JsonElement container : spec.getAsJsonArray("containers")) {
			if (container.getAsJsonObject().get("name").getAsString().equals(name)) {
				return container.getAsJsonObject();
			}
		}
		throw new AssertionError("No container " + name);
	}

	private static Map<String, String> environment(JsonObject container) {
		Map<String, String> environment = new LinkedHashMap<>();
		for (JsonElement variable : container.getAsJsonArray("env")) {
			JsonElement value = variable.getAsJsonObject().get("value");
			environment.put(variable.getAsJsonObject().get("name").getAsString(),
					(value != null) ? value.getAsString() : "");
		}
		return environment;
	}

	private static JsonObject document(String file, String kind) {
		return documents(MANIFESTS.resolve(file)).stream()
			.filter((document) -> document.get("kind").getAsString().equals(kind))
			.findFirst()
			.orElseThrow();
	}

	private static List<JsonObject> documents(Path file) {
		List<JsonObject> documents = new ArrayList<>();
		LoaderOptions options = new LoaderOptions();
		options.setAllowDuplicateKeys(false);
		for (Object document : new Yaml(new SafeConstructor(options)).loadAll(Orchestration.read(file))) {
			documents.add(new Gson().toJsonTree(document).getAsJsonObject());
		}
		return documents;
	}

}
