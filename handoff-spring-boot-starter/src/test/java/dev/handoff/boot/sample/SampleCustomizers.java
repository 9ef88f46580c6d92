package dev.handoff.boot.sample;

import io.netty.channel.ChannelOption;
import org.apache.coyote.http11.Http11NioProtocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.boot.tomcat.TomcatConnectorCustomizer;
import org.springframework.boot.tomcat.TomcatProtocolHandlerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

/**
 * What an application may change of its web server, and how it may have its listeners
 * called.
 */
@Configuration(proxyBeanMethods = false)
class SampleCustomizers {

	private static final Logger logger = LoggerFactory.getLogger(SampleCustomizers.class);

	@Bean
	@ConditionalOnProperty("sample.asynchronous-events")
	static ApplicationEventMulticaster applicationEventMulticaster() {
		SimpleApplicationEventMulticaster multicaster = new SimpleApplicationEventMulticaster();
		multicaster.setTaskExecutor(new SimpleAsyncTaskExecutor("event-"));
		return multicaster;
	}

	@Bean
	@ConditionalOnProperty("sample.customized")
	TomcatConnectorCustomizer connectorCustomizer() {
		return (connector) -> connector.setProperty("address", "127.0.0.1");
	}

	@Bean
	@ConditionalOnProperty("sample.customized")
	TomcatProtocolHandlerCustomizer<Http11NioProtocol> protocolCustomizer() {
		return (protocol) -> {
			protocol.setServer("customized");
			protocol.setServerRemoveAppProvidedValues(true);
		};
	}

	@Bean
	@ConditionalOnProperty("sample.customized")
	NettyServerCustomizer nettyCustomizer() {
		return (server) -> server.host("127.0.0.1")
			.option(ChannelOption.SO_BACKLOG, 100)
			.childOption(ChannelOption.SO_KEEPALIVE, true)
			.doOnChannelInit((observer, channel, remote) -> logger.info("Customized channel, keep-alive {}",
					channel.config().getOption(ChannelOption.SO_KEEPALIVE)))
			.doOnConnection((connection) -> logger.info("Customized connection"))
			.mapHandle((handled, connection) -> handled.doFirst(() -> logger.info("Customized handle")));
	}

}
