package dev.handoff.internal.report;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import dev.handoff.HandoffReport;

/**
 * Those who await the outcome of a handoff. Safe for use by several threads.
 */
public final class Reports implements ReportListener {

	private final Map<String, CompletableFuture<HandoffReport>> awaited = new ConcurrentHashMap<>();

	private final Observers observers;

	public Reports(Observers observers) {
		this.observers = observers;
	}

	/**
	 * Returns the report of a handoff, once its outcome is decided.
	 * @param id the handoff's id
	 * @param snapshot what is known
	 */
	public CompletableFuture<HandoffReport> await(String id, Supplier<Recorder.Snapshot> snapshot) {
		CompletableFuture<HandoffReport> future = this.awaited.computeIfAbsent(id, (key) -> new CompletableFuture<>());
		// Looked at after the future is there: a decision made meanwhile is either in the
		// history or completes the future.
		Recorder.Snapshot known = snapshot.get();
		known.history()
			.stream()
			.filter((report) -> report.id().equals(id))
			.findFirst()
			.ifPresent((report) -> forget(id, future).complete(report));
		if (!future.isDone() && !id.equals(known.currentHandoff())) {
			forget(id, future).completeExceptionally(
					new IllegalArgumentException("No handoff '%s' is under way or remembered".formatted(id)));
		}
		// What the caller does to its copy is nobody else's business.
		return future.copy();
	}

	private CompletableFuture<HandoffReport> forget(String id, CompletableFuture<HandoffReport> future) {
		this.awaited.remove(id, future);
		return future;
	}

	@Override
	public void decided(HandoffReport report) {
		CompletableFuture<HandoffReport> future = this.awaited.remove(report.id());
		if (future != null) {
			// Not on the session's thread: what depends on it may take its time.
			this.observers.execute(() -> future.complete(report));
		}
	}

}
