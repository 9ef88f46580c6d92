package dev.handoff.boot.sample;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * A port that no web server opens, as that of an embedded broker.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("sample.other-port")
class SamplePort {

	@Bean
	ServerSocket otherPort(@Value("${sample.other-port}") int port) throws IOException {
		try {
			return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new IOException("Cannot listen at port " + port, ex);
		}
	}

}
