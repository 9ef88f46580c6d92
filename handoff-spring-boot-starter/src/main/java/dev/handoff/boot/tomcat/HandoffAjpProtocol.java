package dev.handoff.boot.tomcat;

import org.apache.coyote.Processor;
import org.apache.coyote.ajp.AbstractAjpProtocol;
import org.apache.coyote.ajp.AjpNioProtocol;
import org.apache.juli.logging.Log;
import org.apache.juli.logging.LogFactory;
import org.apache.tomcat.util.net.NioChannel;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's AJP protocol on a listener that can be handed over. Public with a public
 * constructor because Tomcat creates it by name.
 */
public final class HandoffAjpProtocol extends AbstractAjpProtocol<NioChannel> implements HandoffProtocol {

	private static final Log log = LogFactory.getLog(HandoffAjpProtocol.class);

	private @Nullable AjpNioProtocol original;

	/**
	 * Creates a protocol that binds by itself, until it is told to {@link #use} another
	 * source of listeners.
	 */
	public HandoffAjpProtocol() {
		super(new HandoffNioEndpoint());
	}

	/**
	 * Answers as another protocol would, which knows a secret that it does not tell.
	 * @param original the other one, which is not started
	 */
	void answerAs(AjpNioProtocol original) {
		this.original = original;
	}

	@Override
	public HandoffNioEndpoint endpoint() {
		return (HandoffNioEndpoint) getEndpoint();
	}

	@Override
	protected Processor createProcessor() {
		return new HandoffAjpProcessor((this.original != null) ? this.original : this, this, getAdapter());
	}

	@Override
	protected Log getLog() {
		return log;
	}

	// As AjpNioProtocol.
	@Override
	protected String getNamePrefix() {
		return "ajp-nio";
	}

}
