package dev.handoff.boot.autoconfigure.actuate;

import java.util.HashSet;
import java.util.Set;

import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * What the endpoint shows, as of Spring Boot's own endpoints.
 */
@ConfigurationProperties("management.endpoint.handoff")
public final class HandoffEndpointProperties {

	/**
	 * Who sees the last lines that a failed successor has printed.
	 */
	private Show showValues = Show.NEVER;

	/**
	 * Roles of those who are authorized to see them. Whoever is authenticated is, if
	 * there are none.
	 */
	private Set<String> roles = new HashSet<>();

	public Show getShowValues() {
		return this.showValues;
	}

	public void setShowValues(Show showValues) {
		this.showValues = showValues;
	}

	public Set<String> getRoles() {
		return this.roles;
	}

	public void setRoles(Set<String> roles) {
		this.roles = roles;
	}

}
