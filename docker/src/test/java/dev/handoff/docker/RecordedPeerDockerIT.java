package dev.handoff.docker;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Containers with another release of the library, which there is none of yet: peers that
 * send what a later one may.
 */
@NeedsEngine
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RecordedPeerDockerIT {

	private static final int HELLO = 1;

	private static final int REFUSED = 2;

	private static final int ABORT = 15;

	private static final int UNHEARD_OF = 99;

	private static final String LATER_FIELD = field(0x4242, "0102030405");

	private final Site site = new Site();

	@AfterEach
	void close() {
		this.site.close();
	}

	@Test
	void aSuccessorOfALaterReleaseIsOfferedTheListenersInTheCommonVersion() {
		Generation predecessor = this.site.start(DemoImage.name()).awaitState("SERVING");
		// OFFER answers HELLO, DESCRIPTORS is read after it, UNRECOGNIZED comes last.
		Generation peer = peer("dial", hello(1, 9, networkNamespace(predecessor)), frame(UNHEARD_OF, LATER_FIELD),
				frame(UNHEARD_OF, ""), frame(ABORT, field(10, utf8("not today"))));
		peer.awaitExit();
		assertThat(peer.logs()).containsSubsequence("received type 3", "received type 4", "received type 16");
		predecessor.awaitLog("OFFERING -> SERVING after ");
		this.site.start(DemoImage.name()).awaitState("SERVING");
		assertThat(predecessor.awaitExit()).isZero();
	}

	@Test
	void aSuccessorWithoutACommonVersionIsRefused() {
		Generation predecessor = this.site.start(DemoImage.name()).awaitState("SERVING");
		Generation peer = peer("dial", hello(7, 9, "net:[1]"));
		assertThat(peer.awaitExit()).as(peer.logs()).isZero();
		assertThat(peer.logs()).contains("received type 2");
		assertThat(predecessor.status()).contains("state: SERVING");
	}

	@Test
	void whoIsRefusedByALaterReleaseSaysWhyAndEnds() {
		Generation peer = peer("listen",
				frame(REFUSED, field(9, "03") + field(10, utf8("this process speaks 7 to 9")) + LATER_FIELD));
		peer.awaitLog("listening");
		Generation successor = this.site.start(DemoImage.name());
		assertThat(successor.awaitExit()).isOne();
		assertThat(successor.logs()).contains("this process speaks 7 to 9",
				"Stop the running process before this one is started, this once");
	}

	private Generation peer(String role, String... frames) {
		String image = DemoImage.withTestClasses("/peer");
		String[] command = Stream
			.concat(Stream.of("java", "-Xmx32m", "-cp", "/peer", RecordedPeer.class.getName(), role,
					"/run/handoff/control.sock"), Stream.of(frames))
			.toArray(String[]::new);
		return this.site.start(image, (create) -> create.withEntrypoint(command));
	}

	private static String networkNamespace(Generation generation) {
		return generation.run("ls", "-l", "/proc/self/ns/net").strip().replaceFirst(".* -> ", "");
	}

	private static String hello(int lowest, int highest, String networkNamespace) {
		return frame(HELLO,
				field(1, "%08x".formatted(lowest)) + field(2, "%08x".formatted(highest)) + field(3, "8000000000000005")
						+ LATER_FIELD + field(4, "0000000000001267") + field(5, utf8("later"))
						+ field(6, utf8("handoff-demo")) + field(7, utf8("9")) + field(8, utf8(networkNamespace)));
	}

	private static String frame(int type, String fields) {
		return "484f464601%02x0000%08x%s".formatted(type, fields.length() / 2, fields);
	}

	private static String field(int tag, String value) {
		return "%04x%08x%s".formatted(tag, value.length() / 2, value);
	}

	private static String utf8(String text) {
		return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
	}

}
