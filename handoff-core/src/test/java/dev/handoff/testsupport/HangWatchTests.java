package dev.handoff.testsupport;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.support.descriptor.AbstractTestDescriptor;
import org.junit.platform.launcher.TestIdentifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HangWatch}.
 */
class HangWatchTests {

	private static final TestIdentifier TEST = TestIdentifier
		.from(new AbstractTestDescriptor(UniqueId.root("test", "one"), "one") {

			@Override
			public Type getType() {
				return Type.TEST;
			}

		});

	private final ByteArrayOutputStream log = new ByteArrayOutputStream();

	private final CountDownLatch ended = new CountDownLatch(1);

	@Test
	void aTestThatDoesNotEndEndsTheJvmWithItsThreads() throws Exception {
		watch(Duration.ofMillis(1)).executionStarted(TEST);
		assertThat(this.ended.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(this.log.toString(StandardCharsets.UTF_8)).contains("[test:one] has not ended within PT0.001S",
				"HangWatchTests.aTestThatDoesNotEnd");
	}

	@Test
	void aTestThatEndsIsNotWatchedAnyMore() throws Exception {
		HangWatch watch = watch(Duration.ofMinutes(1));
		watch.executionStarted(TEST);
		Thread thread = Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((candidate) -> candidate.getName().equals("hang-watch of [test:one]"))
			.findAny()
			.orElseThrow();
		watch.executionFinished(TEST, TestExecutionResult.successful());
		thread.join(30_000);
		assertThat(thread.isAlive()).isFalse();
		assertThat(this.ended.getCount()).isOne();
	}

	private HangWatch watch(Duration limit) {
		return new HangWatch(limit, this.ended::countDown, new PrintStream(this.log, true, StandardCharsets.UTF_8));
	}

}
