package dev.handoff.boot.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.BackgroundWork;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Consumers of a message broker with a fixed client id, which one process at a time can
 * use.
 */
@Configuration(proxyBeanMethods = false)
class SampleConsumer {

	private static final long WORK_NANOS = 10_000_000;

	/**
	 * Writes into a file when it begins with a message and when it has ended.
	 */
	@Bean
	@ConditionalOnProperty("sample.consumed")
	BackgroundWork consumer(@Value("${sample.broker}") String broker, @Value("${sample.consumed}") Path file)
			throws MqttException {
		return new OrdersConsumer(broker, (order) -> {
			write(file, "begin", order);
			LockSupport.parkNanos(WORK_NANOS);
			write(file, "end", order);
		});
	}

	private static void write(Path file, String what, String order) {
		try {
			Files.writeString(file, "%s %s %d%n".formatted(what, order, ProcessHandle.current().pid()),
					StandardOpenOption.CREATE, StandardOpenOption.APPEND);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Connects when the application starts, as one does that knows of no second process.
	 */
	@Bean
	@ConditionalOnProperty("sample.connect-at-start")
	ApplicationRunner connectAtStart(@Value("${sample.broker}") String broker) {
		return (arguments) -> {
			MqttConnectOptions options = new MqttConnectOptions();
			options.setCleanSession(false);
			options.setAutomaticReconnect(true);
			new MqttAsyncClient(broker, "orders", new MemoryPersistence()).connect(options).waitForCompletion();
		};
	}

}
