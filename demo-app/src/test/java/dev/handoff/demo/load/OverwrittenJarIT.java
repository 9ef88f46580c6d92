package dev.handoff.demo.load;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A new build is copied over the jar from which the server runs, as {@code cp} does it,
 * and the server is restarted under load.
 */
class OverwrittenJarIT {

	private static final Duration LIMIT = Duration.ofSeconds(90);

	private static final int SHIFT_BYTES = 100_000;

	@Test
	@Timeout(value = 5, unit = TimeUnit.MINUTES)
	void whenTheJarIsOverwrittenThenTheServerIsReplacedWithoutAFailedRequest(@TempDir Path directory) throws Exception {
		Path jar = Files.copy(Path.of(System.getProperty("demo.jar")), directory.resolve("app.jar"));
		byte[] newBuild = otherBuild(jar, directory.resolve("new.jar"));
		Tally tally = new Tally();
		try (DemoServer server = new DemoServer(jar, directory, Duration.ofSeconds(2),
				"--logging.level.dev.handoff.internal.program=debug")) {
			ServerInstance first = server.startJar(0);
			assertThat(first.await("SERVING", LIMIT)).as(() -> read(first.log())).isTrue();
			try (LoadClients clients = LoadClients.start(server.address(), tally)) {
				// What a kind of request needs for the first time is the application's.
				Awaitility.await().atMost(LIMIT).until(() -> tally.answered().containsAll(clients.names()));
				awaitLog(first, "classes that a handoff and the exit may need are loaded");
				long inode = (long) Files.getAttribute(jar, "unix:ino");
				Files.write(jar, newBuild);
				assertThat(Files.getAttribute(jar, "unix:ino")).as("the same file").isEqualTo(inode);
				awaitLog(first, "WARN .*app.jar was overwritten while this process runs from it");
				ServerInstance second = server.startJar(1);
				assertThat(second.await("SERVING", LIMIT)).as(() -> read(first.log()) + read(second.log())).isTrue();
				assertThat(tally.awaitAnswerOf(1, LIMIT)).isTrue();
				assertThat(first.awaitExit(LIMIT)).as(() -> read(first.log())).isTrue();
				assertThat(first.exitCode()).as(() -> read(first.log())).isZero();
			}
			assertThat(read(first.log())).doesNotContain("NoClassDefFoundError", "ClassNotFoundException",
					"ZipException");
			assertThat(tally.failed()).as(tally.table()).isZero();
			System.out.println(tally.table());
		}
	}

	private static void awaitLog(ServerInstance server, String regex) {
		Awaitility.await().atMost(LIMIT).untilAsserted(() -> assertThat(read(server.log())).containsPattern(regex));
	}

	/**
	 * Makes a jar that runs as well, and in which everything is at another place.
	 */
	private static byte[] otherBuild(Path jar, Path target) throws IOException {
		byte[] shift = new byte[SHIFT_BYTES];
		new Random(1).nextBytes(shift);
		try (JarFile old = new JarFile(jar.toFile());
				ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(target))) {
			store(out, "BOOT-INF/classes/shift", shift);
			for (ZipEntry entry : Collections.list(old.entries())) {
				try (InputStream in = old.getInputStream(entry)) {
					// As they are in nested jars, which Boot wants to be stored.
					store(out, entry.getName(), in.readAllBytes());
				}
			}
		}
		return Files.readAllBytes(target);
	}

	private static void store(ZipOutputStream out, String name, byte[] bytes) throws IOException {
		ZipEntry entry = new ZipEntry(name);
		CRC32 crc = new CRC32();
		crc.update(bytes);
		entry.setMethod(ZipEntry.STORED);
		entry.setSize(bytes.length);
		entry.setCrc(crc.getValue());
		out.putNextEntry(entry);
		out.write(bytes);
		out.closeEntry();
	}

	private static String read(Path log) {
		try {
			return Files.readString(log);
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

}
