package dev.handoff.internal.holdings;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.AppendFile;
import dev.handoff.NamedPipe;
import dev.handoff.internal.protocol.Message.Offer.Entry;
import dev.handoff.internal.socket.DescriptorLease;
import dev.handoff.testsupport.OpenDescriptors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Files that are offered and received.
 */
class FileHoldingsTests {

	private final Holdings predecessor = new Holdings();

	private final Holdings successor = new Holdings();

	private final List<Entry> manifest = new ArrayList<>();

	private final List<FileDescriptor> descriptors = new ArrayList<>();

	@TempDir
	private Path directory;

	private Path log = Path.of("unset");

	private Path pipe = Path.of("unset");

	@BeforeEach
	void prepare() throws Exception {
		this.log = this.directory.resolve("log");
		this.pipe = this.directory.resolve("pipe");
		Files.createFile(this.log);
		assertThat(new ProcessBuilder("mkfifo", this.pipe.toString()).inheritIO().start().waitFor()).isZero();
		this.predecessor.claimFile("log", this.log, null);
		this.predecessor.claimPipe("pipe", this.pipe, null);
	}

	@AfterEach
	void nothingIsLeftOpen() throws IOException {
		for (Holdings holdings : List.of(this.predecessor, this.successor)) {
			holdings.close();
			holdings.closeFiles();
		}
		assertThat(OpenDescriptors.countOf(this.log)).isZero();
		assertThat(OpenDescriptors.countOf(this.pipe)).isZero();
	}

	@Test
	void whenNameAndPathAreTheSameThenTheFileIsInherited() throws Exception {
		handOver();
		Path renamed = Files.move(this.log, this.directory.resolve("renamed"));
		AppendFile file = this.successor.claimFile("log", this.log, null);
		NamedPipe inherited = this.successor.claimPipe("pipe", this.pipe, null);
		assertThat(file.isInherited()).isTrue();
		assertThat(file.isAtPath()).isFalse();
		assertThat(inherited.isInherited()).isTrue();
		assertThat(inherited.isReading()).isFalse();
		assertThat(OpenDescriptors.countOf(this.pipe)).isEqualTo(2);
		this.successor.openGates();
		assertThat(inherited.isReading()).isTrue();
		Files.move(renamed, this.log);
	}

	@Test
	void whenThePathIsAnotherThenTheInheritedFileIsClosedAndTheOtherOpened() throws Exception {
		handOver();
		Path other = this.directory.resolve("other");
		assertThat(this.successor.claimFile("log", other, null).isInherited()).isFalse();
		assertThat(OpenDescriptors.countOf(this.log)).isOne();
		assertThat(OpenDescriptors.countOf(other)).isOne();
	}

	@Test
	void whenTheKindIsAnotherThenTheInheritedFileIsClosed() throws Exception {
		handOver();
		assertThatThrownBy(() -> this.successor.claimFile("pipe", this.pipe, null))
			.hasMessageContaining("it is no regular file");
		assertThat(OpenDescriptors.countOf(this.pipe)).isOne();
	}

	@Test
	void whatNobodyAskedForIsClosed() throws Exception {
		handOver();
		assertThat(OpenDescriptors.countOf(this.log)).isEqualTo(2);
		this.successor.closeUnclaimed();
		assertThat(OpenDescriptors.countOf(this.log)).isOne();
		assertThat(OpenDescriptors.countOf(this.pipe)).isOne();
		assertThat(this.successor.claimFile("log", this.log, null).isInherited()).isFalse();
	}

	@Test
	void whenListenersAreGivenUpThenPipesAreClosedAndFilesAreNot() throws Exception {
		this.predecessor.close();
		assertThat(OpenDescriptors.countOf(this.pipe)).isZero();
		assertThat(OpenDescriptors.countOf(this.log)).isOne();
	}

	@Test
	void aFileThatIsClosedIsNotOffered() throws Exception {
		this.predecessor.claimFile("other", this.directory.resolve("other"), null).close();
		List<DescriptorLease> leases = new ArrayList<>();
		this.predecessor.describeFiles(this.manifest, this.descriptors, leases);
		assertThat(this.manifest).extracting(Entry::name).containsExactly("log", "pipe");
		leases.forEach(DescriptorLease::close);
	}

	@Test
	void aFileStaysOpenAsLongAsItIsSent() throws Exception {
		List<DescriptorLease> leases = new ArrayList<>();
		this.predecessor.describeFiles(this.manifest, this.descriptors, leases);
		this.predecessor.close();
		this.predecessor.closeFiles();
		assertThat(OpenDescriptors.countOf(this.log)).isOne();
		assertThat(OpenDescriptors.countOf(this.pipe)).isOne();
		leases.forEach(DescriptorLease::close);
	}

	private void handOver() throws IOException {
		List<DescriptorLease> leases = new ArrayList<>();
		this.predecessor.describeFiles(this.manifest, this.descriptors, leases);
		for (int i = 0; i < this.manifest.size(); i++) {
			Entry entry = this.manifest.get(i);
			FileDescriptor descriptor = duplicate(this.descriptors.get(i));
			ManifestEntry.verify(entry, descriptor);
			this.successor.inherit(entry, descriptor);
		}
		leases.forEach(DescriptorLease::close);
	}

	private static FileDescriptor duplicate(FileDescriptor descriptor) throws IOException {
		return FileDescriptorCast.duplicating(descriptor).getFileDescriptor();
	}

}
