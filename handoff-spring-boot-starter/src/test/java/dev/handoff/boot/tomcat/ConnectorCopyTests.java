package dev.handoff.boot.tomcat;

import java.net.InetAddress;
import java.util.Objects;
import java.util.concurrent.Executor;

import org.apache.catalina.connector.Connector;
import org.apache.coyote.ajp.AjpNioProtocol;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11Nio2Protocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConnectorCopyTests {

	@Test
	void copyHasEverythingThatWasConfigured() throws Exception {
		Connector original = new Connector("org.apache.coyote.http11.Http11NioProtocol");
		original.setPort(8443);
		original.setScheme("https");
		original.setSecure(true);
		original.setRedirectPort(9443);
		original.setMaxPostSize(17);
		original.setURIEncoding("ISO-8859-1");
		original.setEncodedSolidusHandling("passthrough");
		original.setProperty("maxConnections", "3");
		original.setProperty("acceptCount", "19");
		original.setProperty("compression", "on");
		original.setProperty("socket.soKeepAlive", "true");
		original.setProperty("socket.rxBufSize", "9000");
		AbstractHttp11Protocol<?> protocol = (AbstractHttp11Protocol<?>) original.getProtocolHandler();
		Executor executor = Runnable::run;
		protocol.setExecutor(executor);
		protocol.setAddress(InetAddress.getLoopbackAddress());
		protocol.setConnectionTimeout(4321);
		protocol.setSSLEnabled(true);
		SSLHostConfig ssl = new SSLHostConfig();
		original.addSslHostConfig(ssl);
		Http2Protocol http2 = new Http2Protocol();
		original.addUpgradeProtocol(http2);

		Connector copy = Objects.requireNonNull(ConnectorCopy.of(original));

		assertThat(copy.getPort()).isEqualTo(8443);
		assertThat(copy.getScheme()).isEqualTo("https");
		assertThat(copy.getSecure()).isTrue();
		assertThat(copy.getRedirectPort()).isEqualTo(9443);
		assertThat(copy.getMaxPostSize()).isEqualTo(17);
		assertThat(copy.getURIEncoding()).isEqualTo("ISO-8859-1");
		assertThat(copy.getEncodedSolidusHandling()).isEqualTo("passthrough");
		assertThat(copy.findSslHostConfigs()).containsExactly(ssl);
		assertThat(copy.findUpgradeProtocols()).containsExactly(http2);
		assertThat(copy.getProtocolHandler()).isInstanceOfSatisfying(HandoffHttp11Protocol.class, (handoff) -> {
			assertThat(handoff.getMaxConnections()).isEqualTo(3);
			assertThat(handoff.getAcceptCount()).isEqualTo(19);
			assertThat(handoff.getCompression()).isEqualTo("on");
			assertThat(handoff.getExecutor()).isSameAs(executor);
			assertThat(handoff.getAddress()).isEqualTo(InetAddress.getLoopbackAddress());
			assertThat(handoff.getConnectionTimeout()).isEqualTo(4321);
			assertThat(handoff.isSSLEnabled()).isTrue();
			assertThat(handoff.endpoint().getSocketProperties().getSoKeepAlive()).isTrue();
			assertThat(handoff.endpoint().getSocketProperties().getRxBufSize()).isEqualTo(9000);
		});
	}

	@Test
	void copyOfAnAjpConnectorAnswersAsTheOriginal() {
		Connector original = new Connector("AJP/1.3");
		AjpNioProtocol ajp = (AjpNioProtocol) original.getProtocolHandler();
		ajp.setSecretRequired(false);
		ajp.setPacketSize(10_000);
		Connector copy = Objects.requireNonNull(ConnectorCopy.of(original));
		assertThat(copy.getProtocolHandler()).isInstanceOfSatisfying(HandoffAjpProtocol.class, (handoff) -> {
			assertThat(handoff.getPacketSize()).isEqualTo(10_000);
			assertThat(handoff.getSecretRequired()).isFalse();
			assertThat(handoff.getAddress()).isEqualTo(InetAddress.getLoopbackAddress());
		});
	}

	@Test
	void protocolsThatDoSomethingOfTheirOwnAreLeftAlone() {
		assertThat(ConnectorCopy.of(new Connector(OwnProtocol.class.getName()))).isNull();
		assertThat(ConnectorCopy.of(new Connector(Http11Nio2Protocol.class.getName()))).isNull();
		assertThat(ConnectorCopy.of(new Connector("AJP/1.3"))).as("requires a secret").isNull();
	}

	/**
	 * A protocol of an application.
	 */
	public static final class OwnProtocol extends Http11NioProtocol {

	}

}
