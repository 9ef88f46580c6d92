package dev.handoff.boot.tomcat;

import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.UpgradeToken;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.coyote.http11.upgrade.UpgradeProcessorInternal;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP/2, as the application configured it, with connections that shut down
 * gracefully.
 *
 * @param http2 what the application configured
 */
record HandoffHttp2(Http2Protocol http2) implements UpgradeProtocol {

	@Override
	public String getHttpUpgradeName(boolean secure) {
		return this.http2.getHttpUpgradeName(secure);
	}

	@Override
	public byte[] getAlpnIdentifier() {
		return this.http2.getAlpnIdentifier();
	}

	@Override
	public String getAlpnName() {
		return this.http2.getAlpnName();
	}

	@Override
	public boolean accept(Request request) {
		return this.http2.accept(request);
	}

	@Override
	public Processor getProcessor(SocketWrapperBase<?> socketWrapper, Adapter adapter) {
		InternalHttpUpgradeHandler handler = getInternalUpgradeHandler(socketWrapper, adapter, null);
		return new UpgradeProcessorInternal(socketWrapper,
				new UpgradeToken(handler, null, null, this.http2.getUpgradeProtocolName()), null);
	}

	// Without asynchronous I/O, which is not the default, connections end in Tomcat's own
	// way.
	@Override
	public InternalHttpUpgradeHandler getInternalUpgradeHandler(SocketWrapperBase<?> socketWrapper, Adapter adapter,
			@Nullable Request request) {
		return socketWrapper.hasAsyncIO() ? HandoffHttp2Handler.create(this.http2, adapter, request, socketWrapper)
				: this.http2.getInternalUpgradeHandler(socketWrapper, adapter, request);
	}

}
