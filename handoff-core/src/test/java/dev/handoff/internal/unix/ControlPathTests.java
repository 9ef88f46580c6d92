package dev.handoff.internal.unix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import dev.handoff.ControlSocketException;
import dev.handoff.testsupport.Requirement;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ControlPath}, through the transport that obeys it.
 */
class ControlPathTests {

	private static final int STRANGER = 65533;

	@TempDir
	Path parent;

	Path directory;

	Path path;

	UnixTransport transport;

	@BeforeEach
	void open() throws IOException {
		chmod(this.parent, "rwxr-xr-x");
		this.directory = Files.createDirectory(this.parent.resolve("app"));
		chmod(this.directory, "rwx------");
		this.path = this.directory.resolve("control.sock");
		this.transport = UnixTransport.open();
	}

	@AfterEach
	void close() throws IOException {
		this.transport.close();
	}

	@Test
	void aDirectoryThatOthersCanWriteIsRefused() throws IOException {
		chmod(this.directory, "rwxrwxrwx");
		assertThatBothRefuse(this.path).withMessageContaining("its mode 0777 lets other users write")
			.satisfies((ex) -> assertThat(ex.getFix()).startsWith("chmod it to 0700"))
			.satisfies((ex) -> assertThat(ex.getPath()).isEqualTo(this.directory));
	}

	@Test
	void aDirectoryThatItsGroupCanWriteIsRefused() throws IOException {
		chmod(this.directory, "rwxrwx---");
		assertThatBothRefuse(this.path).withMessageContaining("0770");
	}

	@Test
	void aStickyDirectoryIsRefusedAsTheSocketsOwn() throws IOException {
		Files.setAttribute(this.directory, "unix:mode", 01777);
		assertThatBothRefuse(this.path).withMessageContaining("1777");
	}

	@Test
	void aDirectoryOfAnotherUserIsRefused() throws IOException {
		chown(this.directory);
		assertThatBothRefuse(this.path).withMessageContaining("it belongs to uid 65533, not to uid 0 or root");
	}

	@Test
	void aSymbolicLinkToADirectoryIsRefused() throws IOException {
		Path link = Files.createSymbolicLink(this.parent.resolve("link"), this.directory);
		assertThatBothRefuse(link.resolve("control.sock")).withMessageContaining("it is a symbolic link");
	}

	@Test
	void aSymbolicLinkAboveTheDirectoryIsFollowed() throws IOException {
		Path link = Files.createSymbolicLink(this.parent.resolve("link"), this.parent);
		assertThat(this.transport.claim(link.resolve("app/control.sock"))).isPresent();
	}

	@Test
	void aSymbolicLinkOfAnotherUserIsRefused() throws IOException {
		Path link = Files.createSymbolicLink(this.parent.resolve("link"), this.parent);
		Requirement.ROOT.check(this.transport.ownUid() == 0, "only root can give a file away");
		Files.setAttribute(link, "unix:uid", STRANGER, LinkOption.NOFOLLOW_LINKS);
		assertThatBothRefuse(link.resolve("app/control.sock"))
			.withMessageContaining("it is a symbolic link that belongs to uid 65533")
			.satisfies((ex) -> assertThat(ex.getPath()).isEqualTo(link));
	}

	@Test
	void theDirectoryOfASymbolicLinkIsLookedAtAsWell() throws IOException {
		Path open = Files.createDirectory(this.parent.resolve("open"));
		Files.createSymbolicLink(open.resolve("link"), Path.of("../app/../app"));
		Path through = Files.createSymbolicLink(this.parent.resolve("through"), Path.of("open/link/.."));
		assertThat(this.transport.claim(through.resolve("app/control.sock"))).isPresent();
		chmod(open, "rwxrwxrwx");
		assertThatExceptionOfType(ControlSocketException.class)
			.isThrownBy(() -> this.transport.dial(through.resolve("app/control.sock")))
			.withMessageContaining("0777 lets other users replace what is in it")
			.satisfies((ex) -> assertThat(ex.getPath()).isEqualTo(open));
	}

	@Test
	void symbolicLinksThatGoRoundAreRefused() throws IOException {
		Path link = this.parent.resolve("link");
		Files.createSymbolicLink(link, Path.of("link/app"));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.transport.dial(link.resolve("app/s")));
	}

	@Test
	void aFileInPlaceOfTheDirectoryIsRefused() throws IOException {
		Path file = Files.createFile(this.parent.resolve("file"));
		assertThatBothRefuse(file.resolve("control.sock")).withMessageContaining("it is not a directory");
	}

	@Test
	void anAncestorThatOthersCanWriteIsRefused() throws IOException {
		chmod(this.parent, "rwxrwxrwx");
		assertThatBothRefuse(this.path).withMessageContaining("0777 lets other users replace what is in it")
			.satisfies((ex) -> assertThat(ex.getPath()).isEqualTo(this.parent.toRealPath()));
	}

	@Test
	void anAncestorLikeTmpIsTrusted() throws IOException {
		Files.setAttribute(this.parent, "unix:mode", 01777);
		assertThat(this.transport.claim(this.path)).isPresent();
	}

	@Test
	void anAncestorLikeTmpOfAnotherUserIsRefused() throws IOException {
		Files.setAttribute(this.parent, "unix:mode", 01777);
		chown(this.parent);
		assertThatBothRefuse(this.path).withMessageContaining("it belongs to uid 65533");
	}

	@Test
	void aSymbolicLinkInPlaceOfTheSocketIsRefused() throws IOException {
		Path other = this.directory.resolve("other.sock");
		assertThat(this.transport.claim(other)).isPresent();
		Files.createSymbolicLink(this.path, other);
		assertThatBothRefuse(this.path).withMessageContaining("it is a symbolic link");
	}

	@Test
	void aFileInPlaceOfTheSocketIsRefusedAndKept() throws IOException {
		Files.writeString(this.path, "precious");
		assertThatBothRefuse(this.path).withMessageContaining("it exists and is not a socket");
		assertThat(this.path).hasContent("precious");
	}

	@Test
	void aSocketOfAnotherUserIsRefused() throws IOException {
		assertThat(this.transport.claim(this.path)).isPresent();
		chown(this.path);
		assertThatBothRefuse(this.path).withMessageContaining("it belongs to uid 65533");
	}

	@Test
	void aPathOf107BytesIsUsed() throws IOException {
		Path longest = pathOf(107);
		assertThat(this.transport.claim(longest)).isPresent();
		assertThat(this.transport.dial(longest)).isPresent();
		assertThat(longest).exists();
	}

	@Test
	void aPathOf108BytesIsRefused() {
		assertThatBothRefuse(pathOf(108))
			.withMessageContaining("its path has 108 bytes, unix-domain sockets allow 107");
	}

	private Path pathOf(int bytes) {
		return this.directory.resolve("s".repeat(bytes - this.directory.toString().length() - 1));
	}

	@Test
	void claimRefusesAMissingParent() {
		Path orphan = this.parent.resolve("none/app/control.sock");
		assertThatExceptionOfType(ControlSocketException.class).isThrownBy(() -> this.transport.claim(orphan))
			.withMessageContaining("its parent directory does not exist")
			.satisfies((ex) -> assertThat(ex.getFix()).contains("none"));
	}

	@Test
	void theLockFileIsNotFollowed() throws IOException {
		Files.createSymbolicLink(this.directory.resolve("control.sock.lock"), this.parent.resolve("elsewhere"));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.transport.claim(this.path));
		assertThat(this.parent.resolve("elsewhere")).doesNotExist();
	}

	private ThrowableAssertAlternative<ControlSocketException> assertThatBothRefuse(Path control) {
		assertThatExceptionOfType(ControlSocketException.class).isThrownBy(() -> this.transport.dial(control));
		return assertThatExceptionOfType(ControlSocketException.class).isThrownBy(() -> this.transport.claim(control));
	}

	private static void chmod(Path path, String permissions) throws IOException {
		Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
	}

	private void chown(Path path) throws IOException {
		Requirement.ROOT.check(this.transport.ownUid() == 0, "only root can give a file away");
		Files.setAttribute(path, "unix:uid", STRANGER);
	}

}
