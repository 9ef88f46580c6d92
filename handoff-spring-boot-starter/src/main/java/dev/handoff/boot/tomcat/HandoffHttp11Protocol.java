package dev.handoff.boot.tomcat;

import java.util.concurrent.TimeUnit;

import org.apache.coyote.Processor;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http2.Http2Protocol;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP/1.1 protocol, with upgrades as usual, on a listener that can be handed
 * over. Public with a public constructor because Tomcat creates it by name.
 */
public final class HandoffHttp11Protocol extends Http11NioProtocol implements HandoffProtocol {

	// A drain times out long before.
	private static final long NEVER_NANOS = TimeUnit.DAYS.toNanos(365);

	/**
	 * Creates a protocol that binds by itself, until it is told to {@link #use} another
	 * source of listeners.
	 */
	public HandoffHttp11Protocol() {
		super(new HandoffNioEndpoint());
	}

	// When Tomcat begins to ignore new streams of an HTTP/2 connection that it told to go
	// away. Its default is a round trip, as the first ping saw it: under load, requests
	// that were on the way come later than that.
	@Override
	public void init() throws Exception {
		for (UpgradeProtocol upgradeProtocol : findUpgradeProtocols()) {
			if (upgradeProtocol instanceof Http2Protocol http2 && http2.getDrainTimeout() == 0) {
				http2.setDrainTimeout(NEVER_NANOS);
			}
		}
		super.init();
	}

	@Override
	public @Nullable UpgradeProtocol getNegotiatedProtocol(String name) {
		return withGracefulShutdown(super.getNegotiatedProtocol(name));
	}

	@Override
	public @Nullable UpgradeProtocol getUpgradeProtocol(String name) {
		return withGracefulShutdown(super.getUpgradeProtocol(name));
	}

	private static @Nullable UpgradeProtocol withGracefulShutdown(@Nullable UpgradeProtocol protocol) {
		return (protocol instanceof Http2Protocol http2) ? new HandoffHttp2(http2) : protocol;
	}

	@Override
	public HandoffNioEndpoint endpoint() {
		return (HandoffNioEndpoint) getEndpoint();
	}

	/**
	 * Tomcat asks this for each request, when it has read the header. With 1 the response
	 * says {@code Connection: close} (RFC 9112, section 9.6). Who has sent further
	 * requests already gets them answered first, within the ordinary limit.
	 */
	@Override
	public int getMaxKeepAliveRequests() {
		return (endpoint().isDraining() && !HandoffHttp11Processor.currentHasMoreRequests()) ? 1
				: super.getMaxKeepAliveRequests();
	}

	@Override
	protected Processor createProcessor() {
		return new HandoffHttp11Processor(this, getAdapter());
	}

}
