package dev.handoff.boot.load;

import java.io.IOException;
import java.net.URI;

import dev.handoff.boot.TestKeystore;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.util.TimeValue;

/**
 * Apache HttpClient with a pool, which neither retries nor looks whether a connection is
 * still open before it uses it.
 */
final class ApacheLoad extends ThreadedLoad {

	private final CloseableHttpClient client = HttpClients.custom()
		.disableAutomaticRetries()
		.setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
			.setTlsSocketStrategy(
					new DefaultClientTlsStrategy(TestKeystore.clientContext(), NoopHostnameVerifier.INSTANCE))
			.setDefaultConnectionConfig(
					ConnectionConfig.custom().setValidateAfterInactivity(TimeValue.NEG_ONE_MILLISECOND).build())
			.setMaxConnPerRoute(8)
			.build())
		.build();

	private final URI server;

	ApacheLoad(URI server) {
		super("Apache HttpClient");
		this.server = server;
		start();
	}

	@Override
	String get() throws IOException {
		return send(new HttpGet(this.server.resolve("/generation")));
	}

	@Override
	String post(String body) throws IOException {
		HttpPost post = new HttpPost(this.server.resolve("/length"));
		post.setEntity(new StringEntity(body));
		return send(post);
	}

	private String send(ClassicHttpRequest request) throws IOException {
		return this.client.execute(request, (response) -> EntityUtils.toString(response.getEntity()));
	}

	@Override
	public Tally stop() throws InterruptedException {
		Tally tally = super.stop();
		this.client.close(org.apache.hc.core5.io.CloseMode.IMMEDIATE);
		return tally;
	}

}
