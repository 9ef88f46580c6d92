package dev.handoff.internal.session;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

import dev.handoff.Drain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drains of this process, the last registered first: what was built on something else
 * comes before that. Registering is safe from any thread, the rest belongs to the
 * session's.
 */
public final class Drains {

	private static final Logger logger = LoggerFactory.getLogger(Drains.class);

	private final List<Drain> drains = new CopyOnWriteArrayList<>();

	private final List<Drain> last = new CopyOnWriteArrayList<>();

	private boolean started;

	public void register(Drain drain) {
		this.drains.add(0, drain);
	}

	/**
	 * Adds a drain that does not count while this process leaves without a successor.
	 */
	public void registerLast(Drain drain) {
		this.last.add(drain);
		register(drain);
	}

	/**
	 * Says that this process leaves and nobody succeeds it.
	 */
	void leave() {
		this.drains.removeAll(this.last);
	}

	void start() {
		if (!this.started) {
			this.started = true;
			each(Drain::start);
		}
	}

	void cancel() {
		if (this.started) {
			this.started = false;
			each(Drain::cancel);
		}
	}

	int remaining() {
		return sum(Drain::remaining);
	}

	void closeIdle() {
		each(Drain::closeIdle);
	}

	/**
	 * Closes what is left.
	 * @return how many connections were closed, by what was going on on them
	 */
	Map<String, Integer> force() {
		Map<String, Integer> closed = new TreeMap<>();
		each((drain) -> drain.force().forEach((what, count) -> closed.merge(what, count, Integer::sum)));
		return closed;
	}

	private void each(Consumer<Drain> call) {
		sum((drain) -> {
			call.accept(drain);
			return 0;
		});
	}

	// One server's failure must keep no other from draining.
	private int sum(ToIntFunction<Drain> call) {
		int sum = 0;
		for (Drain drain : this.drains) {
			try {
				sum += call.applyAsInt(drain);
			}
			catch (Throwable ex) {
				logger.warn("Drain {} failed", drain, ex);
			}
		}
		return sum;
	}

}
