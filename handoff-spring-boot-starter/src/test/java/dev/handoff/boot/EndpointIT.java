package dev.handoff.boot;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import dev.handoff.boot.sample.SampleApplication;
import dev.handoff.testsupport.ProcessTree;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The endpoint, with successors that it starts.
 */
@Tag("jdk-independent")
@Timeout(180)
@ExtendWith(Processes.class)
class EndpointIT {

	private static final Pattern PID = Pattern.compile("\"pid\":(\\d+)");

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final List<ProcessHandle> successors = new ArrayList<>();

	@TempDir
	Path directory;

	private int port;

	@AfterEach
	void endSuccessors() {
		this.successors.forEach(ProcessTree::end);
	}

	@Test
	void postStartsASuccessorWithTheSameCommandLine() throws Exception {
		// This client keeps its connections, which are not waited for longer.
		SampleServer server = start("--handoff.drain-timeout=5s");
		HttpResponse<String> result = send("POST", "?wait=90s");
		remember(result);
		assertThat(result.statusCode()).as(result.body()).isEqualTo(200);
		assertThat(result.body()).contains("\"state\":\"COMPLETED\"").contains("\"outcome\":\"COMPLETED\"");
		assertThat(SampleServer.get(this.port, "/generation").body()).isEqualTo("generation 1");
		assertThat(server.process.awaitExit()).isZero();
	}

	@Test
	void outcomeIsToldThatWasDecidedBeforeObserversHeardOfTheHandoff() throws Exception {
		start("--sample.slow-listener=true", "--handoff.drain-timeout=5s");
		HttpResponse<String> result = send("POST", "?wait=60s");
		remember(result);
		assertThat(result.statusCode()).as(result.body()).isEqualTo(200);
		assertThat(result.body()).contains("\"outcome\":\"COMPLETED\"");
	}

	@Test
	void failedSuccessorIsToldWithExitCodeAndLastLines() throws Exception {
		Path output = this.directory.resolve("successor.log");
		start("--handoff.successor.command=/bin/sh,-c,echo no such thing; exit 7",
				"--handoff.successor.output=" + output, "--management.endpoint.handoff.show-values=always");
		HttpResponse<String> result = send("POST", "?wait=60s");
		assertThat(result.statusCode()).as(result.body()).isEqualTo(500);
		assertThat(result.body()).contains("\"exitCode\":7").contains("no such thing");
		assertThat(Files.getPosixFilePermissions(output)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
		assertThat(send("GET", "").body()).contains("\"state\":\"SERVING\"");
		assertThat(send("GET", "/launch-1").body()).contains("\"exitCode\":7");
		assertThat(send("POST", "?wait=60s").statusCode()).as("asked again").isEqualTo(500);
	}

	@Test
	void lastWordsOfASuccessorAreToldWhereverItsOutputGoes() throws Exception {
		Path temporary = Files.createDirectory(this.directory.resolve("temporary"));
		Path options = Files.writeString(this.directory.resolve("jvm.options"), "-Djava.io.tmpdir=" + temporary);
		Path configuration = Files.createDirectory(this.directory.resolve("config"));
		SampleServer server = SampleServer.start("server", this.directory,
				List.of("env", "JDK_JAVA_OPTIONS=@" + options), "--management.endpoints.web.exposure.include=handoff",
				"--management.endpoint.handoff.access=unrestricted", "--management.endpoint.handoff.show-values=always",
				"--spring.config.additional-location=optional:file:" + configuration + "/");
		this.port = server.port();
		server.awaitServing();
		Path properties = configuration.resolve("application.properties");
		Files.writeString(properties, "spring.config.import=file:/nowhere/more.properties");
		assertFailed("before the context", "Config data resource", "/nowhere/more.properties", "Action: ");
		Files.writeString(properties, "server.tomcat.threads.max=many");
		assertFailed("in the context", "server.tomcat.threads.max", "\\\"many\\\"");
		Files.delete(properties);
		Files.writeString(options, "-XX:NoSuchOption");
		assertFailed("in the JVM", "Unrecognized VM option 'NoSuchOption'");
		assertThat(temporary.toFile().list()).as("left").noneMatch((name) -> name.startsWith("handoff-"));
	}

	private void assertFailed(String description, String... words) throws Exception {
		HttpResponse<String> result = send("POST", "?wait=60s");
		assertThat(result.statusCode()).as(result.body()).isEqualTo(500);
		assertThat(result.body().replaceFirst(".*\"output\"", "")).as(description).contains(words);
	}

	@Test
	void whatMayBeSecretIsNeitherLoggedNorShown() throws Exception {
		SampleServer server = start("--handoff.successor.command=/bin/sh,-c,echo my secret; exit 7,--password=secret",
				"--handoff.successor.output=" + this.directory.resolve("successor.log"));
		HttpResponse<String> result = send("POST", "?wait=60s");
		assertThat(result.body()).contains("\"exitCode\":7").contains("\"output\":[]").doesNotContain("secret");
		assertThat(send("GET", "/launch-1").body()).contains("\"output\":[]").doesNotContain("secret");
		assertThat(server.process.output()).contains("Started successor pid").doesNotContain("secret");
	}

	@Test
	void outputThatALinkLeadsToIsNotWritten() throws Exception {
		Path target = Files.writeString(this.directory.resolve("target"), "");
		Path link = Files.createSymbolicLink(this.directory.resolve("successor.log"), target);
		start("--handoff.successor.output=" + link);
		HttpResponse<String> result = send("POST", "?wait=60s");
		assertThat(result.statusCode()).as(result.body()).isEqualTo(500);
		assertThat(result.body()).contains("successor.log' is a symbolic link");
		assertThat(target).isEmptyFile();
	}

	@Test
	void aFormOfAnotherSiteCanDoNothing() throws Exception {
		start("--handoff.successor.command=/bin/false");
		for (String path : List.of("", "/release", "/reclaim")) {
			for (String type : List.of("", "text/plain", "application/x-www-form-urlencoded")) {
				assertThat(send("POST", path, type).statusCode()).as("%s of %s", path, type).isEqualTo(415);
			}
			assertThat(send("POST", path + "?wait=1s", "application/json").statusCode()).isNotEqualTo(415);
		}
	}

	@Test
	void successorThatWouldEndWithTheServiceIsRefused() throws Exception {
		// The shell becomes the server, under the pid that systemd would have told.
		List<String> unit = List.of("/bin/sh", "-c", "SYSTEMD_EXEC_PID=$$ exec \"$@\"", "sh");
		List<String> arguments = List.of("--management.endpoints.web.exposure.include=handoff",
				"--management.endpoint.handoff.access=unrestricted", "--handoff.successor.signal=usr1");
		SampleServer server = SampleServer.start("server", this.directory, unit, arguments.toArray(new String[0]));
		this.port = server.port();
		server.awaitServing();
		HttpResponse<String> result = send("POST", "?wait=60s");
		assertThat(result.statusCode()).as(result.body()).isEqualTo(409);
		assertThat(result.body()).contains("\"verdict\":\"NOT_CONFIGURED\"", "systemd", "Type=notify");
		server.process.signal("USR1");
		server.process.await("SIGUSR1 started no successor: systemd");
		assertThat(send("GET", "").body()).contains("\"state\":\"SERVING\"");
	}

	@Test
	void theProcessThatASupervisorWatchesStaysAndEndsTheOthers() throws Exception {
		SampleServer first = start("--handoff.after-drain=stay", "--handoff.drain-timeout=2s");
		long second = launch();
		first.process.await("Retired");
		long third = launch();
		awaitEnd(second);
		assertThat(SampleServer.get(this.port, "/generation").body()).isEqualTo("generation 2");
		assertThat(first.process.isAlive()).isTrue();
		first.process.signal("TERM");
		assertThat(first.process.awaitExit()).isEqualTo(128 + 15);
		assertThat(first.process.output()).contains("Pid %d, which was started from here, is told to".formatted(third));
		// It is not reaped by who has waited for it.
		awaitEnd(third);
	}

	private static void awaitEnd(long pid) {
		Awaitility.await("end of " + pid)
			.atMost(Duration.ofMinutes(1))
			.until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
	}

	private long launch() throws Exception {
		HttpResponse<String> result = send("POST", "?wait=90s");
		remember(result);
		assertThat(result.statusCode()).as(result.body()).isEqualTo(200);
		Matcher pid = PID.matcher(result.body());
		assertThat(pid.find()).isTrue();
		return Long.parseLong(pid.group(1));
	}

	@Test
	void commandThatDoesNotExistIsToldAtOnce() throws Exception {
		start("--handoff.successor.command=/nowhere/java");
		HttpResponse<String> result = send("POST", "");
		assertThat(result.statusCode()).as(result.body()).isEqualTo(500);
		assertThat(result.body()).contains("/nowhere/java");
	}

	@Test
	void aSignalStartsASuccessor() throws Exception {
		SampleServer server = start("--handoff.successor.signal=usr1", "--logging.level.dev.handoff=info");
		server.process.signal("USR1");
		String line = server.process.await("Started successor pid (\\d+)").group(1);
		ProcessHandle.of(Long.parseLong(line)).ifPresent(this.successors::add);
		server.process.signal("USR1");
		server.process.await("SIGUSR1 started no successor");
		assertThat(server.process.awaitExit()).isZero();
		assertThat(SampleServer.get(this.port, "/generation").body()).isEqualTo("generation 1");
	}

	@Test
	void aSignalDoesNotEndASuccessorThatStarts() throws Exception {
		SampleServer server = start("--handoff.successor.signal=usr1", "--handoff.drain-timeout=5s");
		SampleServer successor = SampleServer.start("successor", this.directory, "--server.port=" + this.port,
				"--handoff.successor.signal=usr1");
		successor.process.await("Starting SampleApplication");
		successor.process.signal("USR1");
		successor.process.await("SIGUSR1 started no successor");
		successor.awaitServing();
		assertThat(server.process.awaitExit()).isZero();
		assertThat(SampleServer.get(this.port, "/generation").body()).isEqualTo("generation 1");
	}

	@Test
	void aSignalThatIsIgnoredIsRefused() {
		List<String> ignoring = List.of("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh");
		ServerProcess server = ServerProcess.start("server", ignoring, List.of(), SampleApplication.class.getName(),
				SampleServer.arguments(this.directory, "--handoff.successor.signal=hup"));
		assertThat(server.awaitExit()).isOne();
		assertThat(server.awaitOutput()).contains("handoff.successor.signal", "as nohup has it");
	}

	@Test
	void nobodyCanTriggerUnlessAccessIsUnrestricted() throws Exception {
		start("--management.endpoint.handoff.access=read-only");
		assertThat(send("GET", "").statusCode()).isEqualTo(200);
		assertThat(send("POST", "").statusCode()).isEqualTo(405);
		assertThat(send("DELETE", "").statusCode()).isEqualTo(405);
		assertThat(send("POST", "/reclaim").statusCode()).isEqualTo(405);
	}

	private SampleServer start(String... arguments) {
		List<String> all = new ArrayList<>(List.of("--management.endpoints.web.exposure.include=handoff",
				"--management.endpoint.handoff.access=unrestricted"));
		all.addAll(List.of(arguments));
		SampleServer started = SampleServer.start("server", this.directory, all.toArray(new String[0]));
		this.port = started.port();
		return started.awaitServing();
	}

	private void remember(HttpResponse<String> launch) {
		Matcher pid = PID.matcher(launch.body());
		if (pid.find()) {
			ProcessHandle.of(Long.parseLong(pid.group(1))).ifPresent(this.successors::add);
		}
	}

	private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
		return send(method, path, "application/json");
	}

	private HttpResponse<String> send(String method, String path, String type)
			throws IOException, InterruptedException {
		URI uri = URI.create("http://127.0.0.1:%d/actuator/handoff%s".formatted(this.port, path));
		HttpRequest.Builder request = HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody());
		if (!type.isEmpty()) {
			request.header("Content-Type", type);
		}
		return this.client.send(request.build(), BodyHandlers.ofString());
	}

}
