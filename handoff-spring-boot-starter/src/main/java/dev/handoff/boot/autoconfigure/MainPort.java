package dev.handoff.boot.autoconfigure;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * The port that tells one instance of an application from another on the same host: its
 * web server's, or that of another server if it has none.
 *
 * @param property the property that configures it
 * @param number its number, 0 for any
 */
public record MainPort(String property, int number) {

	/**
	 * What a gRPC server has if nothing is configured.
	 */
	public static final int GRPC_DEFAULT = 9090;

	private static final List<Kind> KINDS = List.of(
			new Kind("server.port", 8080, "org.springframework.boot.tomcat.TomcatWebServerFactory",
					"org.springframework.boot.jetty.JettyWebServerFactory",
					"org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory"),
			new Kind("spring.grpc.server.port", GRPC_DEFAULT, "org.springframework.grpc.server.NettyGrpcServerFactory"),
			new Kind("spring.rsocket.server.port", 0, "org.springframework.boot.rsocket.server.RSocketServerFactory"));

	/**
	 * Finds the port of an application.
	 * @param beans the application's beans
	 * @param environment its configuration
	 * @return the port, {@code null} if it has no server of a kind that can be handed
	 * over
	 */
	static @Nullable MainPort of(ListableBeanFactory beans, Environment environment) {
		for (Kind kind : KINDS) {
			if (kind.isIn(beans)) {
				return new MainPort(kind.property,
						environment.getProperty(kind.property, Integer.class, kind.defaultPort));
			}
		}
		return null;
	}

	/**
	 * A kind of server.
	 */
	private record Kind(String property, int defaultPort, List<String> factories) {

		Kind(String property, int defaultPort, String... factories) {
			this(property, defaultPort, List.of(factories));
		}

		boolean isIn(ListableBeanFactory beans) {
			return this.factories.stream()
				.filter((name) -> ClassUtils.isPresent(name, null))
				.map((name) -> ClassUtils.resolveClassName(name, null))
				.anyMatch((type) -> beans.getBeanNamesForType(type, true, false).length > 0);
		}

	}

}
