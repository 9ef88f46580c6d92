package dev.handoff.boot;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.handoff.Handoff;
import dev.handoff.HandoffObserver.StateChange;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HandoffShutdown}.
 */
@Timeout(60)
class HandoffShutdownTests {

	private static final StateChange TERMINATED = new StateChange(HandoffState.DRAINING, HandoffState.TERMINATED, 0,
			"test");

	private final GenericApplicationContext context = new GenericApplicationContext();

	private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

	private final CompletableFuture<Boolean> exitedByDaemon = new CompletableFuture<>();

	private final CompletableFuture<Integer> halted = new CompletableFuture<>();

	private final CompletableFuture<Void> retired = new CompletableFuture<>();

	private final CompletableFuture<Runnable> last = new CompletableFuture<>();

	private Handoff handoff;

	@BeforeEach
	void start(@TempDir Path directory) {
		this.handoff = Handoff.start(HandoffOptions.forApplication("test")
			.controlSocket(directory.resolve("control.sock"))
			.drainTimeout(Duration.ofSeconds(1))
			.build());
	}

	@AfterEach
	void stop() {
		this.context.close();
		this.handoff.close();
	}

	@Test
	void handoffThatIsOverClosesTheContextAndExits() throws Exception {
		HandoffShutdown shutdown = refreshWith(AfterDrain.EXIT);
		// As the observers' thread is.
		Thread observer = new Thread(() -> shutdown.stateChanged(TERMINATED));
		observer.setDaemon(true);
		observer.start();
		assertThat(this.exitCode.get(30, TimeUnit.SECONDS)).isZero();
		assertThat(this.exitedByDaemon).as("the JVM might end before").isCompletedWithValue(false);
		assertThat(this.context.isActive()).isFalse();
	}

	@Test
	void handoffThatIsOverLeavesAQuietProcessThatIsToStay() throws Exception {
		HandoffShutdown shutdown = refreshWith(AfterDrain.STAY);
		shutdown.stateChanged(TERMINATED);
		this.retired.get(30, TimeUnit.SECONDS);
		assertThat(this.context.isActive()).isFalse();
		assertThat(Handoff.current()).as("its status is told").contains(this.handoff);
		this.last.join().run();
		assertThat(Handoff.current()).isEmpty();
		assertThat(this.exitCode).isNotDone();
	}

	@Test
	void otherStatesChangeNothing() {
		HandoffShutdown shutdown = refreshWith(AfterDrain.EXIT);
		for (HandoffState state : HandoffState.values()) {
			if (state != HandoffState.TERMINATED) {
				shutdown.stateChanged(new StateChange(HandoffState.STARTING, state, 0, "test"));
			}
		}
		assertThat(this.context.isActive()).isTrue();
		assertThat(this.exitCode).isNotDone();
	}

	@Test
	void contextThatClosesEndsTheHandoffAndDoesNotExit() {
		HandoffShutdown shutdown = refreshWith(AfterDrain.EXIT);
		this.context.close();
		assertThat(this.handoff.state()).isEqualTo(HandoffState.TERMINATED);
		shutdown.stateChanged(TERMINATED);
		assertThat(this.exitCode).isNotDone();
	}

	@Test
	void contextThatCouldNotBeStartedEndsTheHandoffAndDoesNotExit() {
		HandoffShutdown shutdown = refreshWith(AfterDrain.EXIT);
		shutdown.destroy();
		assertThat(this.handoff.state()).isEqualTo(HandoffState.TERMINATED);
		shutdown.stateChanged(TERMINATED);
		assertThat(this.exitCode).isNotDone();
	}

	@Test
	void anotherContextThatClosesChangesNothing() {
		HandoffShutdown shutdown = refreshWith(AfterDrain.EXIT);
		try (GenericApplicationContext child = new GenericApplicationContext()) {
			shutdown.onApplicationEvent(new ContextClosedEvent(child));
		}
		assertThat(this.handoff.state()).isEqualTo(HandoffState.STARTING);
	}

	@Test
	void handoffThatWasOverBeforeItWasObservedExitsToo() throws Exception {
		this.handoff.close();
		refresh(AfterDrain.EXIT);
		assertThat(this.exitCode.get(30, TimeUnit.SECONDS)).isZero();
	}

	@Test
	void executorsStillTakeWorkWhileTheHandoffEnds() {
		List<HandoffState> states = new ArrayList<>();
		this.context.registerBean("executor", ThreadPoolTaskExecutor.class);
		this.handoff.register(() -> {
			ThreadPoolTaskExecutor executor = this.context.getBean(ThreadPoolTaskExecutor.class);
			if (states.isEmpty()) {
				executor.execute(() -> {
				});
				states.add(this.handoff.state());
			}
			return 0;
		});
		refresh(AfterDrain.EXIT);
		this.context.close();
		assertThat(states).hasSize(1);
	}

	@Test
	void contextWaitsForTheHandoffWhateverThreadsRunItsListeners() {
		List<Boolean> running = new ArrayList<>();
		SimpleApplicationEventMulticaster multicaster = new SimpleApplicationEventMulticaster();
		multicaster.setTaskExecutor((listener) -> {
			// Later than the test ends.
		});
		this.context.registerBean(AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME,
				ApplicationEventMulticaster.class, () -> multicaster);
		this.handoff.register(() -> {
			running.add(this.context.isRunning());
			return 0;
		});
		refresh(AfterDrain.EXIT);
		this.context.close();
		assertThat(running).isNotEmpty().doesNotContain(false);
	}

	@Test
	void aContextThatDoesNotCloseKeepsNoProcess() throws Exception {
		CompletableFuture<Void> never = new CompletableFuture<>();
		this.context.registerBean("hanging", DisposableBean.class, () -> never::join);
		HandoffShutdown shutdown = refreshWith(AfterDrain.EXIT);
		shutdown.stateChanged(TERMINATED);
		assertThat(this.halted.get(30, TimeUnit.SECONDS)).isEqualTo(HandoffShutdown.NOT_CLOSED);
		assertThat(this.exitCode).isNotDone();
		never.complete(null);
		this.exitCode.get(30, TimeUnit.SECONDS);
	}

	private void refresh(AfterDrain afterDrain) {
		// A bean that Spring closes, as in an application.
		this.context.registerBean(HandoffContext.class, () -> HandoffContext.join(1, () -> this.handoff));
		this.context.registerBean(HandoffShutdown.class,
				() -> HandoffShutdown.of(this.context.getBean(HandoffContext.class), this.context, afterDrain,
						Duration.ofSeconds(1), Duration.ofSeconds(1), new RecordedExit()));
		this.context.refresh();
	}

	private HandoffShutdown refreshWith(AfterDrain afterDrain) {
		refresh(afterDrain);
		return this.context.getBean(HandoffShutdown.class);
	}

	private final class RecordedExit implements HandoffShutdown.Exit {

		@Override
		public void exit(int code) {
			HandoffShutdownTests.this.exitedByDaemon.complete(Thread.currentThread().isDaemon());
			HandoffShutdownTests.this.exitCode.complete(code);
		}

		@Override
		public void halt(int code) {
			HandoffShutdownTests.this.halted.complete(code);
		}

		@Override
		public boolean beforeTermination(Runnable last) {
			return HandoffShutdownTests.this.last.complete(last);
		}

		@Override
		public void stay() {
			HandoffShutdownTests.this.retired.complete(null);
		}

	}

}
