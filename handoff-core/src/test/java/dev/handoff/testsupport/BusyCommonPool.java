package dev.handoff.testsupport;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;

import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Keeps the threads of the common pool busy, as an application may.
 */
public final class BusyCommonPool {

	private BusyCommonPool() {
	}

	/**
	 * Runs a task meanwhile.
	 */
	public static void during(Task task) throws Exception {
		CountDownLatch over = new CountDownLatch(1);
		for (int i = 0; i <= ForkJoinPool.getCommonPoolParallelism(); i++) {
			ForkJoinPool.commonPool().execute(() -> assertThatNoException().isThrownBy(over::await));
		}
		try {
			task.run();
		}
		finally {
			over.countDown();
		}
	}

	/**
	 * What is run.
	 */
	@FunctionalInterface
	public interface Task {

		/**
		 * Runs it.
		 */
		void run() throws Exception;

	}

}
