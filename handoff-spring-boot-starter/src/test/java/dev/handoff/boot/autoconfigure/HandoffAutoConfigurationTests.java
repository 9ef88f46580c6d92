package dev.handoff.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

import dev.handoff.Handoff;
import dev.handoff.HandoffState;
import dev.handoff.boot.HandoffShutdown;
import dev.handoff.boot.RawConnection;
import dev.handoff.boot.autoconfigure.servlet.ServletHandoffAutoConfiguration;
import dev.handoff.boot.autoconfigure.tomcat.TomcatHandoffAutoConfiguration;
import dev.handoff.boot.tomcat.HandoffHttp11Protocol;
import dev.handoff.boot.tomcat.TomcatHandoffCustomizer;
import dev.handoff.testsupport.ProjectFiles;
import org.apache.coyote.http11.Http11Nio2Protocol;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles.Kind;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.tomcat.reactive.TomcatReactiveWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.autoconfigure.reactive.ReactiveWebServerConfiguration;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HandoffAutoConfiguration} and {@link TomcatHandoffAutoConfiguration}.
 */
@Tag("jdk-independent")
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class HandoffAutoConfigurationTests {

	private static final String PROPERTY_ROW = "^\\| `(handoff\\.[a-z.-]+)` \\|";

	private static final AutoConfigurations AUTO_CONFIGURATIONS = AutoConfigurations.of(
			TomcatServletWebServerAutoConfiguration.class, HandoffAutoConfiguration.class,
			TomcatHandoffAutoConfiguration.class);

	@TempDir
	private Path directory;

	private WebApplicationContextRunner contextRunner;

	@BeforeEach
	void setUp() {
		this.contextRunner = new WebApplicationContextRunner(AnnotationConfigServletWebServerApplicationContext::new)
			.withConfiguration(AUTO_CONFIGURATIONS)
			.withPropertyValues("server.port=0", "spring.application.name=test", "handoff.in-tests=true",
					"handoff.control-socket=" + this.directory.resolve("control.sock"));
	}

	@AfterEach
	void nothingIsLeftOpen() {
		assertThat(Handoff.current()).isEmpty();
	}

	@Test
	void springBoot3IsNotSupported() {
		assertThat(OnHandoffCondition.isSupported("3.5.7")).isFalse();
		assertThat(OnHandoffCondition.isSupported("4.0.0")).isTrue();
		assertThat(OnHandoffCondition.isSupported("10.0.0")).isTrue();
	}

	@Test
	void webApplicationTakesPart() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(Handoff.class)
				.hasSingleBean(HandoffShutdown.class)
				.hasSingleBean(TomcatHandoffCustomizer.class);
			Handoff handoff = context.getBean(Handoff.class);
			assertThat(handoff.state()).isEqualTo(HandoffState.STARTING);
			assertThat(handoff.listeners()).singleElement()
				.satisfies((listener) -> assertThat(listener.name()).isEqualTo("server"));
			assertThat(protocol(context.getSourceApplicationContext())).isInstanceOf(HandoffHttp11Protocol.class);
		});
	}

	@Test
	void sessionsThatTheSuccessorWouldReadTooEarlyAreNamed(CapturedOutput output) {
		this.contextRunner.withConfiguration(AutoConfigurations.of(ServletHandoffAutoConfiguration.class))
			.withPropertyValues("server.servlet.session.persistent=true")
			.run((context) -> assertThat(output)
				.contains("server.servlet.session.persistent does not carry sessions over a handoff"));
	}

	@Test
	void reactiveWebApplicationTakesPart() {
		new ReactiveWebApplicationContextRunner(AnnotationConfigReactiveWebServerApplicationContext::new)
			.withConfiguration(AutoConfigurations.of(ReactiveWebServerConfiguration.class,
					HandoffAutoConfiguration.class, TomcatHandoffAutoConfiguration.class))
			.withBean(TomcatReactiveWebServerFactory.class)
			.withBean(HttpHandler.class, () -> (request, response) -> response.setComplete())
			.withPropertyValues("server.port=0", "spring.application.name=test", "handoff.in-tests=true",
					"handoff.control-socket=" + this.directory.resolve("control.sock"))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(Handoff.class).listeners()).hasSize(1);
			});
	}

	@Test
	void contextThatIsStoppedAndStartedServesOnAListenerAgain() {
		this.contextRunner.run((context) -> {
			ServletWebServerApplicationContext source = (ServletWebServerApplicationContext) context
				.getSourceApplicationContext();
			Handoff handoff = context.getBean(Handoff.class);
			handoff.ready();
			assertThat(get(source).status()).isEqualTo(404);
			source.stop();
			assertThat(handoff.listeners()).isEmpty();
			source.start();
			assertThat(get(source).status()).isEqualTo(404);
		});
	}

	private static RawConnection.Response get(ServletWebServerApplicationContext context) throws IOException {
		try (RawConnection connection = RawConnection.to(Objects.requireNonNull(context.getWebServer()).getPort())) {
			return connection.get("/").response();
		}
	}

	@Test
	void buildTimeProcessingStartsNoHandoff() throws IOException {
		try (GenericApplicationContext context = new AnnotationConfigServletWebServerApplicationContext()) {
			TestPropertyValues
				.of("spring.application.name=test", "handoff.in-tests=true",
						"handoff.control-socket=" + this.directory.resolve("control.sock"))
				.applyTo(context.getEnvironment());
			((AnnotationConfigServletWebServerApplicationContext) context).register(
					TomcatServletWebServerAutoConfiguration.class, HandoffAutoConfiguration.class,
					TomcatHandoffAutoConfiguration.class);
			InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
			DefaultGenerationContext generation = new DefaultGenerationContext(
					new ClassNameGenerator(ClassName.get("test", "Main")), files);
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			generation.writeGeneratedContent();
			assertThat(context.containsBeanDefinition("handoff")).isTrue();
			assertThat(Handoff.current()).isEmpty();
			// Spring would close what has no method named, and with it the part of other
			// contexts.
			assertThat(files.getGeneratedFileContent(Kind.SOURCE,
					"dev/handoff/boot/autoconfigure/HandoffAutoConfiguration__BeanDefinitions.java"))
				.containsPattern(
						"BeanDefinition\\(Handoff\\.class\\);\\s+beanDefinition\\.setDestroyMethodNames\\(\"state\"\\)");
		}
	}

	@Test
	void handoffIsStartedBeforeTheApplicationsOwnBeans() {
		this.contextRunner.withUserConfiguration(NeedsHandoffConfiguration.class)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void closedContextEndsItsPart() {
		this.contextRunner.run((context) -> {
			Handoff handoff = context.getBean(Handoff.class);
			context.getSourceApplicationContext(ServletWebServerApplicationContext.class).close();
			assertThat(handoff.state()).isEqualTo(HandoffState.TERMINATED);
			assertThat(Handoff.current()).isEmpty();
		});
	}

	@Test
	void nextContextOfTheProcessTakesPartAgain() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(Handoff.class));
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(Handoff.class));
	}

	@Test
	void contextThatFailsEndsItsPart() {
		this.contextRunner.withUserConfiguration(FailingConfiguration.class).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(Handoff.current()).isEmpty();
		});
	}

	@Test
	void contextThatIsNotExpectedFails() {
		this.contextRunner.run((first) -> {
			this.contextRunner.run((second) -> assertThat(second).getFailure()
				.rootCause()
				.hasMessageStartingWith("1 application context of this process takes part already"));
			assertThat(first.getBean(Handoff.class)).isSameAs(Handoff.current().orElseThrow());
		});
	}

	@Test
	void contextsThatAreExpectedShareTheHandoff() {
		WebApplicationContextRunner two = this.contextRunner.withPropertyValues("handoff.contexts=2");
		two.run((first) -> {
			two.run((second) -> assertThat(second).getBean(Handoff.class)
				.isSameAs(first.getBean(Handoff.class))
				.isSameAs(Handoff.current().orElseThrow()));
			// The end of one is not the end of the other.
			assertThat(Handoff.current()).isPresent();
			two.run((third) -> assertThat(third).hasNotFailed());
		});
		assertThat(Handoff.current()).isEmpty();
	}

	@Test
	void testStaysOutByDefault() {
		this.contextRunner.withPropertyValues("handoff.in-tests=false", "handoff.enabled=true")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Handoff.class));
	}

	@Test
	void disabledApplicationStaysOut() {
		this.contextRunner.withPropertyValues("handoff.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Handoff.class));
	}

	@Test
	void applicationUnderDevToolsStaysOut() {
		this.contextRunner.withClassLoader(new RestartClassLoader())
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Handoff.class));
	}

	@Test
	void applicationWithoutWebServerStaysOut() {
		new ApplicationContextRunner().withConfiguration(AUTO_CONFIGURATIONS)
			.withPropertyValues("handoff.in-tests=true")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Handoff.class));
	}

	@Test
	void applicationWithoutTomcatOnTheClassPathStaysOut() {
		new ApplicationContextRunner().withConfiguration(AUTO_CONFIGURATIONS)
			.withPropertyValues("handoff.in-tests=true")
			.withClassLoader(new FilteredClassLoader(TomcatWebServerFactory.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Handoff.class));
	}

	@Test
	void protocolThatTheApplicationChoseIsKept() {
		this.contextRunner.withUserConfiguration(OtherProtocolConfiguration.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(protocol(context.getSourceApplicationContext())).isInstanceOf(Http11Nio2Protocol.class);
			assertThat(context.getBean(Handoff.class).listeners()).isEmpty();
		});
	}

	@Test
	void applicationWithoutNameFailsWithTheFix() {
		this.contextRunner.withPropertyValues("spring.application.name=")
			.run((context) -> assertThat(context).getFailure()
				.hasRootCauseInstanceOf(InvalidConfigurationPropertyValueException.class)
				.rootCause()
				.hasMessageContaining("spring.application.name")
				.hasMessageContaining("@SpringBootApplication"));
	}

	@Test
	void applicationWithoutNameIsNamedAfterItsMainClass() {
		this.contextRunner.withPropertyValues("spring.application.name=")
			.withUserConfiguration(MainClass.class)
			.run((context) -> assertThat(context).hasSingleBean(Handoff.class));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			handoff.connect-timeout    | 5s   | longer than step-timeout
			handoff.connect-timeout    | 0s   | positive
			handoff.ready-timeout      | -1s  | positive
			handoff.step-timeout       | 0s   | positive
			handoff.observation-window | -1ms | negative
			handoff.drain-timeout      | 0s   | positive
			handoff.reconnect-spread   | 31s  | drain timeout
			handoff.allowed-peer-uids  | 7,-1 | at least 0
			handoff.acquire.pid        | 0    | from 1 to
			""")
	void wrongPropertyFailsWithItsNameValueAndReason(String name, String value, String reason) {
		this.contextRunner.withPropertyValues(name + "=" + value).run((context) -> {
			InvalidConfigurationPropertyValueException failure = findCause(context.getStartupFailure());
			assertThat(failure.getName()).isEqualTo(name);
			assertThat(failure.getReason()).contains(reason);
			assertThat(failure.getValue()).isNotNull();
		});
	}

	@Test
	void reclaimWhenDownNeedsAHealthEndpoint() {
		this.contextRunner.withPropertyValues("handoff.reclaim-when-down=true").run((context) -> {
			InvalidConfigurationPropertyValueException failure = findCause(context.getStartupFailure());
			assertThat(failure.getName()).isEqualTo("handoff.reclaim-when-down");
			assertThat(failure.getReason()).contains("actuator");
		});
	}

	@Test
	void signalThatTheJvmNeedsIsRefused() {
		this.contextRunner.withPropertyValues("handoff.successor.signal=usr2").run((context) -> {
			InvalidConfigurationPropertyValueException failure = findCause(context.getStartupFailure());
			assertThat(failure.getName()).isEqualTo("handoff.successor.signal");
			assertThat(failure.getReason()).contains("_JAVA_SR_SIGNUM=50");
		});
	}

	@Test
	void everyPropertyIsDocumented() throws Exception {
		JsonNode metadata = JsonMapper.shared()
			.readTree(getClass().getResourceAsStream("/META-INF/spring-configuration-metadata.json"));
		String page = Files.readString(Path.of("docs", "configuration.md"));
		List<String> documented = names(page, PROPERTY_ROW);
		assertThat(metadata.get("properties").valueStream().map((property) -> property.get("name").asString()))
			.filteredOn((name) -> !name.startsWith("management."))
			.containsExactlyInAnyOrderElementsOf(documented);
		assertThat(names(page, "`(handoff\\.[a-z.-]+)")).isSubsetOf(documented);
		assertThat(metadata.get("properties").valueStream())
			.allSatisfy((property) -> assertThat(property.get("description").asString()).endsWith("."));
	}

	@Test
	void noDocumentNamesAPropertyThatDoesNotExist() throws Exception {
		Set<String> known = new TreeSet<>(names(Files.readString(Path.of("docs", "configuration.md")), PROPERTY_ROW));
		known.addAll(names(Files.readString(Path.of("docs", "operating.md")), PROPERTY_ROW));
		known.add("handoff.attempt.active");
		assertThat(ProjectFiles.documents()).isNotEmpty()
			.allSatisfy((document) -> assertThat(
					names(ProjectFiles.read(document), "`(handoff\\.[a-z-]+(?:\\.[a-z-]+)*)(?:=[^`]*)?`"))
				.as("in %s", document)
				.isSubsetOf(known));
	}

	private static List<String> names(String page, String pattern) {
		return Pattern.compile(pattern, Pattern.MULTILINE)
			.matcher(page)
			.results()
			.map((name) -> name.group(1))
			.toList();
	}

	private static Object protocol(ApplicationContext context) {
		TomcatWebServer webServer = (TomcatWebServer) Objects
			.requireNonNull(((ServletWebServerApplicationContext) context).getWebServer());
		return webServer.getTomcat().getConnector().getProtocolHandler();
	}

	private static InvalidConfigurationPropertyValueException findCause(@Nullable Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof InvalidConfigurationPropertyValueException found) {
				return found;
			}
		}
		throw new AssertionError("No property is named by " + failure);
	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsHandoffConfiguration {

		@Bean
		Map<String, Handoff> early() {
			return Map.of("handoff", Handoff.current().orElseThrow());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FailingConfiguration {

		@Bean
		InitializingBean failing() {
			return () -> {
				throw new IllegalStateException("failed as told");
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OtherProtocolConfiguration {

		@Bean
		TomcatServletWebServerFactory factory() {
			TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory();
			factory.setProtocol(Http11Nio2Protocol.class.getName());
			return factory;
		}

	}

	@SpringBootConfiguration
	static class MainClass {

	}

	static class RestartClassLoader extends ClassLoader {

		RestartClassLoader() {
			super(RestartClassLoader.class.getClassLoader());
		}

	}

}
