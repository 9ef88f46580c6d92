package dev.handoff.boot.servlet;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

import dev.handoff.boot.EventStream;
import dev.handoff.boot.LongLivedExchanges;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * An event stream that ends between two events: what is written at the end's moment is
 * written and flushed first. Safe for use by several threads.
 */
final class ServletEventStream implements EventStream, AsyncListener {

	private final HttpServletRequest request;

	private final LongLivedExchanges exchanges;

	private final String path;

	// Held while the application writes; the end never waits for it.
	private final ReentrantLock writing = new ReentrantLock();

	private volatile LongLivedExchanges.@Nullable Registration registration;

	private volatile @Nullable AsyncContext context;

	private volatile boolean ending;

	private boolean unflushed;

	private boolean completed;

	private volatile boolean over;

	ServletEventStream(HttpServletRequest request, LongLivedExchanges exchanges) {
		this.request = request;
		this.exchanges = exchanges;
		this.path = request.getRequestURI();
	}

	/**
	 * Registers the stream, if the request is handled asynchronously: one that is written
	 * by the request's own thread cannot be ended from outside.
	 */
	void begin() {
		if (this.registration == null && this.request.isAsyncStarted()) {
			AsyncContext started = this.request.getAsyncContext();
			started.addListener(this);
			this.context = started;
			this.registration = this.exchanges.register(this);
		}
	}

	@Override
	public String path() {
		return this.path;
	}

	@Override
	public void end() {
		this.ending = true;
		completeIfIdle();
	}

	/**
	 * Writes for the application.
	 * @param write what to do
	 * @param flushed whether all is flushed after it
	 */
	void write(Write write, boolean flushed) throws IOException {
		this.writing.lock();
		try {
			if (this.completed) {
				throw new IOException("The event stream has been completed because this process drains");
			}
			this.unflushed = !flushed;
			write.run();
		}
		finally {
			this.writing.unlock();
		}
		completeIfIdle();
	}

	// Whoever lets the lock go looks after it, so that an end that met it held is not
	// lost.
	private void completeIfIdle() {
		AsyncContext idle = takeIfIdle();
		if (idle != null) {
			// Without the lock: a server may call the application from in here, which
			// may wait for a thread that wants to write.
			complete(idle);
		}
	}

	private @Nullable AsyncContext takeIfIdle() {
		if (!this.ending || this.over || !this.writing.tryLock()) {
			return null;
		}
		try {
			AsyncContext started = this.context;
			if (this.unflushed || this.completed || started == null) {
				return null;
			}
			this.completed = true;
			return started;
		}
		finally {
			this.writing.unlock();
		}
	}

	private static void complete(AsyncContext context) {
		try {
			context.complete();
		}
		catch (IllegalStateException ex) {
			// The application has completed it at this moment.
		}
	}

	@Override
	public void onComplete(AsyncEvent event) {
		over();
	}

	@Override
	public void onError(AsyncEvent event) {
		over();
	}

	@Override
	public void onTimeout(AsyncEvent event) {
		// Followed by onComplete, unless the application goes on.
	}

	@Override
	public void onStartAsync(AsyncEvent event) {
		// A new cycle, after a dispatch, has lost its listeners.
		this.context = event.getAsyncContext();
		event.getAsyncContext().addListener(this);
	}

	private void over() {
		this.over = true;
		LongLivedExchanges.Registration registered = this.registration;
		if (registered != null) {
			registered.close();
		}
	}

	/**
	 * A write to the response.
	 */
	@FunctionalInterface
	interface Write {

		void run() throws IOException;

	}

}
