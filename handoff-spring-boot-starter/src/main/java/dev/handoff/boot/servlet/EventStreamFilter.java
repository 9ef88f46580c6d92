package dev.handoff.boot.servlet;

import java.io.IOException;
import java.util.Collections;

import dev.handoff.boot.EventSource;
import dev.handoff.boot.LongLivedExchanges;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/**
 * Finds the event streams among asynchronous responses to event sources, so that they are
 * completed when the process drains. No other response is touched.
 */
public final class EventStreamFilter implements Filter {

	private final LongLivedExchanges exchanges;

	/**
	 * Creates a filter.
	 * @param exchanges where event streams are registered
	 */
	public EventStreamFilter(LongLivedExchanges exchanges) {
		this.exchanges = exchanges;
	}

	@Override
	public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		if (!(request instanceof HttpServletRequest http && response instanceof HttpServletResponse httpResponse)
				|| !request.isAsyncSupported()
				|| !EventSource.canSend(http.getMethod(), Collections.list(http.getHeaders("Accept")))) {
			chain.doFilter(request, response);
			return;
		}
		ServletEventStream stream = new ServletEventStream(http, this.exchanges);
		EventStreamResponse wrapped = new EventStreamResponse(httpResponse, stream);
		chain.doFilter(request, wrapped);
		// The type may have been set before, or is not, until the first event is sent.
		if (EventStreamResponse.isEventStream(httpResponse.getContentType()) || (httpResponse.getContentType() == null
				&& EventStreamResponse.isEventStream(http.getHeader("Accept")))) {
			stream.begin();
		}
	}

}
