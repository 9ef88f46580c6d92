package dev.handoff.boot.tomcat;

import org.apache.coyote.Adapter;
import org.apache.coyote.ErrorState;
import org.apache.coyote.ajp.AbstractAjpProtocol;
import org.apache.coyote.ajp.AjpProcessor;

/**
 * Tomcat's processor of one AJP connection, which tells the proxy with the last response
 * not to use the connection again.
 */
final class HandoffAjpProcessor extends AjpProcessor {

	private final HandoffAjpProtocol protocol;

	HandoffAjpProcessor(AbstractAjpProtocol<?> configuration, HandoffAjpProtocol protocol, Adapter adapter) {
		super(configuration, adapter);
		this.protocol = protocol;
	}

	// Tomcat asks this at the end of a response: after an error END_RESPONSE says that
	// the
	// connection is not to be used again. Before, and between asynchronous steps, it is
	// told the truth.
	@Override
	protected ErrorState getErrorState() {
		ErrorState state = super.getErrorState();
		return (state == ErrorState.NONE && this.protocol.endpoint().isDraining() && this.response.isCommitted()
				&& !isAsync()) ? ErrorState.CLOSE_CLEAN : state;
	}

}
