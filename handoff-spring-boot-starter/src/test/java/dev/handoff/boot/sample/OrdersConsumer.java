package dev.handoff.boot.sample;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.handoff.BackgroundWork;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

// Connecting is tried again, and says why it failed. The documentation shows what follows.
@SuppressWarnings("FutureReturnValueIgnored")
class OrdersConsumer implements BackgroundWork, MqttCallback {

	private static final Logger logger = LoggerFactory.getLogger(OrdersConsumer.class);

	private final MqttAsyncClient client;

	private final Consumer<String> orders;

	private ScheduledExecutorService connector;

	private boolean stopped;

	OrdersConsumer(String broker, Consumer<String> orders) throws MqttException {
		this.orders = orders;
		this.client = new MqttAsyncClient(broker, "orders", new MemoryPersistence());
		// Before it connects: the broker sends at once what it has kept.
		this.client.setCallback(this);
		this.client.setManualAcks(true);
	}

	@Override
	public void start() {
		synchronized (this) {
			this.stopped = false;
		}
		this.connector = Executors.newSingleThreadScheduledExecutor();
		this.connector.scheduleWithFixedDelay(this::connect, 0, 1, TimeUnit.SECONDS);
	}

	private void connect() {
		if (this.client.isConnected()) {
			return;
		}
		try {
			MqttConnectOptions options = new MqttConnectOptions();
			options.setCleanSession(false);
			options.setConnectionTimeout(5);
			this.client.connect(options).waitForCompletion(10_000);
			this.client.subscribe("orders", 1).waitForCompletion();
			logger.info("Connected to the broker");
		}
		catch (MqttException ex) {
			logger.warn("Not connected to the broker, trying again: {}", ex.toString());
			hangUp();
		}
	}

	@Override
	public void stop() throws InterruptedException {
		// Waits for the message in hand.
		synchronized (this) {
			this.stopped = true;
		}
		this.connector.shutdown();
		this.connector.awaitTermination(1, TimeUnit.MINUTES);
		try {
			// Sends the acknowledgements first.
			this.client.disconnect().waitForCompletion();
		}
		catch (MqttException ex) {
			// It was not connected.
			hangUp();
		}
	}

	@Override
	public synchronized void messageArrived(String topic, MqttMessage message) throws MqttException {
		// What is not acknowledged is sent again, to the process that connects next.
		if (this.stopped) {
			return;
		}
		this.orders.accept(new String(message.getPayload(), StandardCharsets.UTF_8));
		// Paho would send it first in the next connection, which then fails.
		if (this.client.isConnected()) {
			this.client.messageArrivedComplete(message.getId(), message.getQos());
		}
	}

	private void hangUp() {
		try {
			this.client.disconnectForcibly(0, 1, false);
		}
		catch (MqttException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void connectionLost(Throwable cause) {
		logger.warn("The connection to the broker is lost: {}", cause.toString());
	}

	@Override
	public void deliveryComplete(IMqttDeliveryToken token) {
	}

}
