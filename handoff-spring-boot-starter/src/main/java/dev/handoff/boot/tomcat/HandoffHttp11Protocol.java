package dev.handoff.boot.tomcat;

import java.util.concurrent.TimeUnit;

import dev.handoff.boot.ListenerSource;
import org.apache.coyote.Processor;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http2.Http2Protocol;

/**
 * Tomcat's HTTP/1.1 protocol, with upgrades as usual, on a listener that can be handed
 * over. Public with a public constructor because Tomcat creates it by name.
 */
public final class HandoffHttp11Protocol extends Http11NioProtocol {

	/**
	 * Between the first GOAWAY and the last, for requests that are on the way.
	 */
	static final long HTTP2_NOTICE_NANOS = TimeUnit.SECONDS.toNanos(1);

	private volatile boolean draining;

	/**
	 * Creates a protocol that binds by itself, until it is told to {@link #use} another
	 * source of listeners.
	 */
	public HandoffHttp11Protocol() {
		super(new HandoffNioEndpoint());
	}

	/**
	 * Sets where the listener comes from when the endpoint binds.
	 * @param source the source
	 */
	void use(ListenerSource source) {
		endpoint().use(source);
	}

	// Tomcat's default is a round trip, as the first ping saw it: under load, requests
	// come later than that.
	@Override
	public void init() throws Exception {
		for (UpgradeProtocol upgradeProtocol : findUpgradeProtocols()) {
			if (upgradeProtocol instanceof Http2Protocol http2 && http2.getDrainTimeout() == 0) {
				http2.setDrainTimeout(HTTP2_NOTICE_NANOS);
			}
		}
		super.init();
	}

	HandoffNioEndpoint endpoint() {
		return (HandoffNioEndpoint) getEndpoint();
	}

	/**
	 * Makes each connection's next response its last one, or takes that back.
	 * @param draining whether connections are to end
	 */
	void setDraining(boolean draining) {
		this.draining = draining;
	}

	/**
	 * Tomcat asks this for each request, when it has read the header. With 1 the response
	 * says {@code Connection: close} (RFC 9112, section 9.6). Who has sent further
	 * requests already gets them answered first, within the ordinary limit.
	 */
	@Override
	public int getMaxKeepAliveRequests() {
		return (this.draining && !HandoffHttp11Processor.currentHasMoreRequests()) ? 1
				: super.getMaxKeepAliveRequests();
	}

	@Override
	protected Processor createProcessor() {
		return new HandoffHttp11Processor(this, getAdapter());
	}

}
