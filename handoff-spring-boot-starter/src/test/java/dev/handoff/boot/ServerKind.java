package dev.handoff.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The kinds of web server that a {@link SampleServer} can run on. All are on the class
 * path; Spring Boot takes the one that is not excluded.
 */
enum ServerKind {

	TOMCAT, JETTY, NETTY,

	/** Reactor Netty without its native transport. */
	NETTY_NIO;

	/**
	 * Returns one kind of each server.
	 */
	static List<ServerKind> servers() {
		return List.of(TOMCAT, JETTY, NETTY);
	}

	/**
	 * Returns the successors, from one that is the last of these on, in a walk that takes
	 * each transition between two servers once and ends where it began.
	 */
	static List<ServerKind> circuit() {
		return List.of(JETTY, JETTY, NETTY, NETTY, JETTY, TOMCAT, NETTY, TOMCAT, TOMCAT);
	}

	boolean isNetty() {
		return this == NETTY || this == NETTY_NIO;
	}

	List<String> jvmArguments() {
		return (this == NETTY_NIO) ? List.of("-Dreactor.netty.native=false") : List.of();
	}

	/**
	 * Returns the arguments that start the sample on this kind of server.
	 */
	List<String> arguments() {
		List<String> excluded = new ArrayList<>();
		servers().stream()
			.filter((other) -> other != this && !(other.isNetty() && isNetty()))
			.forEach((other) -> excluded.addAll(other.autoConfigurations()));
		return List.of("--spring.main.web-application-type=" + (isNetty() ? "reactive" : "servlet"),
				"--spring.autoconfigure.exclude=" + String.join(",", excluded));
	}

	private List<String> autoConfigurations() {
		if (isNetty()) {
			String module = "org.springframework.boot.reactor.netty.autoconfigure";
			return List.of(module + ".NettyReactiveWebServerAutoConfiguration",
					module + ".actuate.web.server.NettyReactiveManagementContextAutoConfiguration");
		}
		String name = name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
		String module = "org.springframework.boot.%s.autoconfigure".formatted(name.toLowerCase(Locale.ROOT));
		return List.of("%s.servlet.%sServletWebServerAutoConfiguration".formatted(module, name),
				"%s.reactive.%sReactiveWebServerAutoConfiguration".formatted(module, name),
				"%s.actuate.web.server.%sServletManagementContextAutoConfiguration".formatted(module, name),
				"%s.actuate.web.server.%sReactiveManagementContextAutoConfiguration".formatted(module, name));
	}

}
