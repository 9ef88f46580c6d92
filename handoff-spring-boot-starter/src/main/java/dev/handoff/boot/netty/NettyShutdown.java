package dev.handoff.boot.netty;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.LoopResources;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.Ordered;
import org.springframework.http.client.ReactorResourceFactory;

/**
 * The end of a process whose server is Reactor Netty: not before its connections are
 * finished, and no later. Safe for use by several threads.
 */
public final class NettyShutdown implements ApplicationListener<ContextClosedEvent>, DisposableBean, Ordered {

	private final Supplier<@Nullable ReactorResourceFactory> resources;

	private final CountDownLatch ended = new CountDownLatch(1);

	private final AtomicBoolean keptAlive = new AtomicBoolean();

	/**
	 * Creates a shutdown.
	 * @param resources the application's event loops, none for Reactor Netty's global
	 * ones
	 */
	public NettyShutdown(Supplier<@Nullable ReactorResourceFactory> resources) {
		this.resources = resources;
	}

	LoopResources loops() {
		ReactorResourceFactory factory = this.resources.get();
		return (factory != null) ? factory.getLoopResources() : HttpResources.get();
	}

	/**
	 * Keeps the process alive until the context is closed. The only other thread that is
	 * not a daemon ends when the server's channel is closed, and that is when the
	 * connections begin to drain.
	 */
	void keepAlive() {
		if (this.keptAlive.compareAndSet(false, true)) {
			Thread thread = new Thread(this::awaitEnd, "handoff-keep-alive");
			thread.setDaemon(false);
			thread.start();
		}
	}

	private void awaitEnd() {
		try {
			this.ended.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	// All connections are finished by now. The event loops would wait for two more
	// seconds of silence.
	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		ReactorResourceFactory factory = this.resources.get();
		if (factory != null) {
			factory.setShutdownQuietPeriod(Duration.ZERO);
		}
	}

	// Before the factory is destroyed.
	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	@Override
	public void destroy() {
		this.ended.countDown();
	}

	// After the drain.
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
