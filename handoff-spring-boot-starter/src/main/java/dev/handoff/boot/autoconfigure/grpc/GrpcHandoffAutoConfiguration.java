package dev.handoff.boot.autoconfigure.grpc;

import java.net.InetSocketAddress;

import dev.handoff.Handoff;
import dev.handoff.boot.HandoffContext;
import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.autoconfigure.MainPort;
import dev.handoff.boot.grpc.GrpcHandoffCustomizer;
import dev.handoff.boot.grpc.GrpcHealth;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerProperties;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerProperties.Netty.Transport;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.grpc.server.GrpcServerFactory;
import org.springframework.grpc.server.NettyGrpcServerFactory;
import org.springframework.grpc.server.ServerBuilderCustomizer;

/**
 * Auto-configuration of handoffs of a gRPC server.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class,
		afterName = "org.springframework.boot.grpc.server.autoconfigure.health.GrpcServerHealthAutoConfiguration")
@ConditionalOnClass({ GrpcServerFactory.class, GrpcServerProperties.class })
@ConditionalOnBean(Handoff.class)
public final class GrpcHandoffAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(GrpcHandoffAutoConfiguration.class);

	/**
	 * A server on Netty itself.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(NettyServerBuilder.class)
	@ConditionalOnBean(NettyGrpcServerFactory.class)
	static class NettyConfiguration {

		@Bean
		ServerBuilderCustomizer<NettyServerBuilder> grpcHandoffCustomizer(HandoffContext context,
				LongLivedExchanges exchanges, GrpcServerProperties properties, ObjectProvider<GrpcHealth> health) {
			GrpcServerProperties.Netty netty = properties.getNetty();
			boolean tcp = (netty.getTransport() != null) ? netty.getTransport() == Transport.TCP
					: netty.getDomainSocketPath() == null;
			if (!tcp) {
				logger.warn(
						"The gRPC server's unix domain socket {} is not handed over: a successor fails to bind it. Configure spring.grpc.server.port",
						netty.getDomainSocketPath());
				return (builder) -> {
				};
			}
			int port = (properties.getPort() != null) ? properties.getPort() : MainPort.GRPC_DEFAULT;
			InetSocketAddress address = (properties.getAddress() != null)
					? new InetSocketAddress(properties.getAddress(), port) : new InetSocketAddress(port);
			return new GrpcHandoffCustomizer(context.server(ServerHandoff.GRPC, exchanges), address, health);
		}

	}

	/**
	 * A server on a copy of Netty with other names, which knows nothing of Netty's
	 * channels.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(type = "org.springframework.grpc.server.ShadedNettyGrpcServerFactory")
	static class ShadedNettyConfiguration {

		ShadedNettyConfiguration() {
			logger.warn(
					"The gRPC server's port is not handed over, because io.grpc:grpc-netty-shaded is used: a successor fails to bind it. Use io.grpc:grpc-netty in its place");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HealthStatusManager.class)
	@ConditionalOnBean(HealthStatusManager.class)
	static class HealthConfiguration {

		@Bean
		GrpcHealth grpcHandoffHealth(Handoff handoff, HealthStatusManager manager) {
			GrpcHealth health = new GrpcHealth(manager::enterTerminalState);
			handoff.addObserver(health);
			return health;
		}

		@Bean
		static LazyInitializationExcludeFilter grpcHandoffLazyInitializationExcludeFilter() {
			return LazyInitializationExcludeFilter.forBeanTypes(GrpcHealth.class);
		}

	}

}
