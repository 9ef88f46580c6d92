package dev.handoff.demo;

import java.io.IOException;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Says with each response which generation it came from.
 */
@Component
class GenerationFilter extends OncePerRequestFilter {

	private final Instance instance;

	GenerationFilter(Instance instance) {
		this.instance = instance;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		response.setIntHeader("X-Generation", this.instance.generation());
		chain.doFilter(request, response);
	}

}
