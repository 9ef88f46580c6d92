package dev.handoff.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

import dev.handoff.testsupport.ProcessTree;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A key and a certificate for {@code localhost}, made for one test.
 */
public final class TestKeystore {

	private static final String PASSWORD = "test-only";

	private final Path path;

	private TestKeystore(Path path) {
		this.path = path;
	}

	public static TestKeystore in(Path directory) throws IOException, InterruptedException {
		Path path = directory.resolve("test.p12");
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", "test", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
				"san=dns:localhost,ip:127.0.0.1", "-storetype", "PKCS12", "-keystore", path.toString(), "-storepass",
				PASSWORD)
			.inheritIO()
			.start();
		try {
			assertThat(keytool.waitFor()).isZero();
		}
		finally {
			ProcessTree.end(keytool.toHandle());
		}
		return new TestKeystore(path);
	}

	/**
	 * Returns the arguments that make a sample's main connector speak TLS.
	 */
	public List<String> arguments() {
		return List.of("--spring.ssl.bundle.jks.test.keystore.location=" + this.path.toUri(),
				"--spring.ssl.bundle.jks.test.keystore.password=" + PASSWORD, "--server.ssl.bundle=test");
	}

	/**
	 * Returns a client's context that trusts any server: what is tested is the handoff.
	 */
	public static SSLContext clientContext() {
		try {
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(null, new TrustManager[] { new TrustAll() }, null);
			return context;
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static final class TrustAll implements X509TrustManager {

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String authType) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String authType) {
		}

		@Override
		public X509Certificate[] getAcceptedIssuers() {
			return new X509Certificate[0];
		}

	}

}
