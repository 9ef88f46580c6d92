package dev.handoff.boot.tomcat;

import java.util.concurrent.atomic.AtomicInteger;

import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.net.SocketEvent;

/**
 * Counts the threads that are in the application for one connection. Tomcat counts a
 * stream as ended before it writes its last frame, on such a thread. Safe for use by
 * several threads.
 */
final class RunningRequests implements Adapter {

	private final Adapter adapter;

	private final AtomicInteger count = new AtomicInteger();

	RunningRequests(Adapter adapter) {
		this.adapter = adapter;
	}

	boolean isEmpty() {
		return this.count.get() == 0;
	}

	@Override
	public void service(Request request, Response response) throws Exception {
		this.count.incrementAndGet();
		try {
			this.adapter.service(request, response);
		}
		finally {
			this.count.decrementAndGet();
		}
	}

	@Override
	public boolean asyncDispatch(Request request, Response response, SocketEvent status) throws Exception {
		this.count.incrementAndGet();
		try {
			return this.adapter.asyncDispatch(request, response, status);
		}
		finally {
			this.count.decrementAndGet();
		}
	}

	@Override
	public boolean prepare(Request request, Response response) throws Exception {
		return this.adapter.prepare(request, response);
	}

	@Override
	public void log(Request request, Response response, long time) {
		this.adapter.log(request, response, time);
	}

	@Override
	public void checkRecycled(Request request, Response response) {
		this.adapter.checkRecycled(request, response);
	}

	@Override
	public String getDomain() {
		return this.adapter.getDomain();
	}

}
