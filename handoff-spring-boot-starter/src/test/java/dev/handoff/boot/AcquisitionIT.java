package dev.handoff.boot;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.IncumbentServer;
import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import dev.handoff.boot.RawConnection.Response;
import dev.handoff.testsupport.Requirement;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Servers from outside this project are replaced on their sockets, under load.
 */
@Tag("jdk-independent")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class AcquisitionIT {

	private static final Logger logger = LoggerFactory.getLogger(AcquisitionIT.class);

	private static final int CLIENTS = 8;

	@TempDir
	private Path directory;

	private final List<Clients> loads = new ArrayList<>();

	@AfterEach
	void stopClients() throws InterruptedException {
		for (Clients clients : this.loads) {
			clients.stop();
		}
	}

	/**
	 * On SIGQUIT nginx finishes its connections, so no request fails.
	 */
	@ParameterizedTest
	@EnumSource
	void nginxIsReplaced(ServerKind kind) throws Exception {
		int port = SampleServer.freePort();
		ServerProcess nginx = nginx(port, "");
		Clients clients = load(port);
		clients.awaitAnswersOf("nginx");
		SampleServer server = replace(kind, port, "--handoff.acquire.pid-file=" + this.directory.resolve("nginx.pid"),
				"--handoff.acquire.signal=quit", "--handoff.step-timeout=20s", "--handoff.connect-timeout=60s");
		clients.awaitAnswersOf("generation 0");
		assertThat(nginx.awaitExit()).isZero();
		Map<String, Integer> answers = clients.stop();
		logger.info("nginx, then {}: {}", kind, answers);
		assertThat(answers).containsOnlyKeys("nginx", "generation 0");
		assertThat(server.process.hasPrinted("Still held")).isFalse();
	}

	/**
	 * On SIGTERM Python ends at once, with the connections that it has accepted: one of
	 * each client at most. Nothing else fails.
	 */
	@ParameterizedTest
	@EnumSource
	void pythonIsReplaced(ServerKind kind) throws Exception {
		Requirement.CLIENTS.checkProgram("python3", "python3");
		Files.writeString(Files.createDirectory(this.directory.resolve("pages")).resolve("generation"), "python");
		ServerProcess python = ServerProcess.run("python", List.of(IncumbentServer.pythonPath(), "-u", "-m",
				"http.server", "0", "--bind", "127.0.0.1", "--directory", this.directory.resolve("pages").toString()));
		int port = Integer.parseInt(python.await("Serving HTTP on 127.0.0.1 port (\\d+)").group(1));
		Clients clients = load(port);
		clients.awaitAnswersOf("python");
		replace(kind, port, "--handoff.acquire.pid=" + python.pid());
		clients.awaitAnswersOf("generation 0");
		python.awaitExit();
		Map<String, Integer> answers = clients.stop();
		logger.info("Python, then {}: {}", kind, answers);
		assertThat(answers).containsKeys("python", "generation 0").doesNotContainKey("refused");
		assertThat(answers.keySet()).isSubsetOf("python", "generation 0", "broken");
		assertThat(answers.getOrDefault("broken", 0)).isLessThanOrEqualTo(CLIENTS);
	}

	@Test
	void aServerThatFailsToStartChangesNothing() throws Exception {
		int port = SampleServer.freePort();
		ServerProcess nginx = nginx(port, "");
		Clients clients = load(port);
		SampleServer failing = start(ServerKind.TOMCAT, port, "--sample.fail=true",
				"--handoff.acquire.pid=" + nginx.pid());
		failing.process.await("Listener 'server' acquired");
		assertThat(failing.process.awaitExit()).isEqualTo(1);
		clients.awaitAnswersOf("nginx");
		assertThat(clients.stop()).containsOnlyKeys("nginx");
		assertThat(nginx.isAlive()).isTrue();
	}

	@Test
	void severalSocketsOfOneAddressAreExplained() throws Exception {
		int port = SampleServer.freePort();
		ServerProcess nginx = nginx(port, "reuseport");
		SampleServer server = start(ServerKind.TOMCAT, port, "--handoff.acquire.pid=" + nginx.pid());
		assertThat(server.process.awaitExit()).isEqualTo(1);
		assertThat(server.process.awaitOutput()).contains("APPLICATION FAILED TO START")
			.contains("it has 2 sockets for /127.0.0.1:" + port)
			.contains("nginx: the parameter reuseport of listen");
	}

	@Test
	void aListenerThatItDoesNotHaveIsExplained() throws Exception {
		int port = SampleServer.freePort();
		ServerProcess nginx = nginx(port, "");
		SampleServer server = start(ServerKind.TOMCAT, SampleServer.freePort(), "--handoff.acquire.pid=" + nginx.pid());
		assertThat(server.process.awaitExit()).isEqualTo(1);
		assertThat(server.process.awaitOutput()).contains("APPLICATION FAILED TO START")
			.contains("it listens at 127.0.0.1:" + port)
			.contains("handoff.acquire.listeners");
	}

	private SampleServer replace(ServerKind kind, int port, String... arguments) throws IOException {
		String socket = IncumbentServer.listening(port);
		SampleServer server = start(kind, port, arguments);
		server.process.await("Listener 'server' acquired");
		server.awaitServing();
		assertThat(server.process.sockets()).contains(socket);
		return server;
	}

	private SampleServer start(ServerKind kind, int port, String... arguments) {
		List<String> all = new ArrayList<>(List.of("--server.address=127.0.0.1", "--server.port=" + port));
		all.addAll(List.of(arguments));
		return SampleServer.start("server", this.directory, kind, all.toArray(new String[0]));
	}

	private ServerProcess nginx(int port, String parameter) throws IOException {
		Requirement.CLIENTS.checkProgram("nginx", "nginx-light");
		Path configuration = this.directory.resolve("nginx.conf");
		Files.writeString(configuration, """
				daemon off;
				worker_processes 2;
				pid %1$s/nginx.pid;
				error_log stderr;
				events { }
				http {
					access_log off;
					client_body_temp_path %1$s/temp;
					proxy_temp_path %1$s/temp;
					fastcgi_temp_path %1$s/temp;
					uwsgi_temp_path %1$s/temp;
					scgi_temp_path %1$s/temp;
					server {
						listen 127.0.0.1:%2$d %3$s;
						location / { return 200 nginx; }
					}
				}
				""".formatted(this.directory, port, parameter));
		ServerProcess nginx = ServerProcess.run("nginx",
				List.of("/usr/sbin/nginx", "-c", configuration.toString(), "-e", "stderr"));
		Awaitility.await().ignoreExceptions().until(() -> SampleServer.get(port, "/").body().equals("nginx"));
		return nginx;
	}

	private Clients load(int port) {
		Clients clients = new Clients(port);
		this.loads.add(clients);
		return clients;
	}

	/**
	 * Clients that open a connection for each request, never retry, and count who
	 * answered, or how it failed.
	 */
	private static final class Clients {

		private static final int MAX_REQUESTS = 200_000;

		private final Map<String, Integer> answers = new TreeMap<>();

		private final List<Thread> threads = new ArrayList<>();

		private volatile boolean stopped;

		Clients(int port) {
			for (int i = 0; i < CLIENTS; i++) {
				Thread thread = new Thread(() -> run(port), "client");
				thread.setDaemon(true);
				this.threads.add(thread);
				thread.start();
			}
		}

		private void run(int port) {
			for (int i = 0; i < MAX_REQUESTS / CLIENTS && !this.stopped; i++) {
				String answer = ask(port);
				synchronized (this.answers) {
					this.answers.merge(answer, 1, Integer::sum);
				}
				LockSupport.parkNanos(5_000_000);
			}
		}

		private static String ask(int port) {
			try (RawConnection connection = RawConnection.to(port)) {
				connection.send("GET /generation HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
				Response response = connection.response();
				return (response.status() == 200) ? response.body() : "status " + response.status();
			}
			catch (ConnectException ex) {
				return "refused";
			}
			catch (EOFException ex) {
				return "broken";
			}
			catch (IOException ex) {
				return String.valueOf(ex.getMessage()).matches("Connection reset.*|Broken pipe") ? "broken"
						: ex.toString();
			}
		}

		void awaitAnswersOf(String server) {
			int before = count(server);
			Awaitility.await().atMost(40, TimeUnit.SECONDS).until(() -> count(server) > before + 200);
		}

		private int count(String server) {
			synchronized (this.answers) {
				return this.answers.getOrDefault(server, 0);
			}
		}

		Map<String, Integer> stop() throws InterruptedException {
			this.stopped = true;
			for (Thread thread : this.threads) {
				thread.join(40_000);
			}
			synchronized (this.answers) {
				return new TreeMap<>(this.answers);
			}
		}

	}

}
