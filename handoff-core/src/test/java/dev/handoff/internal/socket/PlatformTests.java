package dev.handoff.internal.socket;

import java.nio.file.Path;

import dev.handoff.UnsupportedPlatformException;
import dev.handoff.UnsupportedPlatformException.Missing;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Platform} and {@link NetworkNamespace}.
 */
class PlatformTests {

	@Test
	void thisPlatformWillDo() {
		Platform.verify();
	}

	@Test
	void anotherOperatingSystemWillNot() {
		assertThatExceptionOfType(UnsupportedPlatformException.class)
			.isThrownBy(() -> Platform.verify("Windows 11", Path.of("/proc/self/fd")))
			.withMessageContaining("Windows 11 is neither Linux nor macOS")
			.satisfies((ex) -> assertThat(ex.getMissing()).isEqualTo(Missing.OPERATING_SYSTEM));
	}

	@Test
	void linuxWithoutProcWillNot() {
		assertThatExceptionOfType(UnsupportedPlatformException.class)
			.isThrownBy(() -> Platform.verify("Linux", Path.of("/none")))
			.withMessageContaining("/none does not exist");
	}

	@Test
	void theNetworkNamespaceHasAName() {
		assertThat(NetworkNamespace.current()).matches("net:\\[\\d+]");
		assertThat(NetworkNamespace.of(Path.of("/none"))).isEmpty();
	}

}
