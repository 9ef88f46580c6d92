package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.handoff.AppendFile;
import dev.handoff.NamedPipe;
import dev.handoff.TransferException;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.holdings.Listeners;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.protocol.Message.Offer.Entry;
import dev.handoff.internal.protocol.Message.Offer.Kind;
import dev.handoff.internal.socket.AppendOnlyFile;
import dev.handoff.internal.socket.GatedPipe;
import dev.handoff.internal.socket.DescriptorLease;
import dev.handoff.internal.socket.NetworkNamespace;
import dev.handoff.internal.socket.SocketFacts;
import dev.handoff.internal.unix.UnixTransport;
import dev.handoff.testsupport.OpenDescriptors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests for files that are offered and received: {@code OwnFiles} and {@link Dial}.
 */
class OwnFilesTests {

	private final Listeners predecessor = new Listeners();

	private final Listeners successor = new Listeners();

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
		for (Listeners listeners : List.of(this.predecessor, this.successor)) {
			listeners.close();
			listeners.closeFiles();
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

	@Test
	void whenADescriptorIsNotWhatWasAnnouncedThenNothingIsAdopted() throws Exception {
		long device = (long) Files.getAttribute(this.log, "unix:dev");
		long inode = (long) Files.getAttribute(this.log, "unix:ino");
		String path = this.log.toString();
		Map<Entry, String> entries = Map.of(new Entry("log", Kind.APPEND_FILE, path, inode + 1, device), "inode",
				new Entry("log", Kind.APPEND_FILE, path, inode, device + 1), "device",
				new Entry("log", Kind.PIPE, path, inode, device), "kind",
				new Entry("log", Kind.APPEND_FILE, "log", inode, device), "path");
		entries.forEach((entry, what) -> assertThatExceptionOfType(TransferException.class).as(what)
			.isThrownBy(() -> adopt(entry, duplicateOfTheLog()))
			.withMessageContaining("'log' was announced as"));
		Entry right = new Entry("log", Kind.APPEND_FILE, path, inode, device);
		try (RandomAccessFile writing = new RandomAccessFile(this.log.toFile(), "rw")) {
			assertThatExceptionOfType(TransferException.class).isThrownBy(() -> adopt(right, writing.getFD()))
				.withMessageContaining("appending=false");
		}
		assertThatExceptionOfType(TransferException.class)
			.isThrownBy(() -> adopt(new Entry("log", Kind.APPEND_FILE, "\0", inode, device), duplicateOfTheLog()))
			.withMessageContaining("character encoding");
		assertThat(OpenDescriptors.countOf(this.log)).isOne();
	}

	@Test
	void twoFilesOfOneNameAreRefusedAndAFileAndAListenerAreNot() {
		Entry control = new Entry("", Kind.CONTROL, "/c", 1);
		Entry file = new Entry("a", Kind.APPEND_FILE, "/a", 1, 1);
		new Dial().offer(offer(control, new Entry("a", Kind.TCP, "/a", 1), file));
		assertThatExceptionOfType(TransferException.class)
			.isThrownBy(() -> new Dial().offer(offer(control, file, new Entry("a", Kind.PIPE, "/b", 2, 1))))
			.withMessageContaining("file 'a' is offered twice");
	}

	private void adopt(Entry entry, FileDescriptor descriptor) throws IOException {
		Path socket = this.directory.resolve("run/control.sock");
		try (UnixTransport transport = UnixTransport.open();
				ControlListener control = transport.claim(socket).orElseThrow()) {
			SocketFacts facts = SocketFacts.of(control.descriptor());
			Dial dial = new Dial();
			dial.offer(offer(new Entry("", Kind.CONTROL, facts.address(), facts.inode()), entry));
			dial.receive(2, List.of(duplicate(control.descriptor()), descriptor));
			try {
				dial.adopt(transport, this.successor);
			}
			finally {
				dial.discard();
			}
		}
	}

	private void handOver() throws IOException {
		List<DescriptorLease> leases = new ArrayList<>();
		this.predecessor.describeFiles(this.manifest, this.descriptors, leases);
		for (int i = 0; i < this.manifest.size(); i++) {
			Entry entry = this.manifest.get(i);
			Path path = Path.of(entry.address());
			FileDescriptor descriptor = duplicate(this.descriptors.get(i));
			this.successor.inherit((entry.kind() == Kind.PIPE) ? GatedPipe.adopt(entry.name(), path, descriptor)
					: AppendOnlyFile.adopt(entry.name(), path, descriptor));
		}
		leases.forEach(DescriptorLease::close);
	}

	private FileDescriptor duplicateOfTheLog() {
		List<FileDescriptor> offered = new ArrayList<>();
		List<DescriptorLease> leases = new ArrayList<>();
		try {
			this.predecessor.describeFiles(new ArrayList<>(), offered, leases);
			FileDescriptor duplicate = duplicate(offered.get(0));
			leases.forEach(DescriptorLease::close);
			return duplicate;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static FileDescriptor duplicate(FileDescriptor descriptor) throws IOException {
		return FileDescriptorCast.duplicating(descriptor).getFileDescriptor();
	}

	private static Offer offer(Entry... entries) {
		return new Offer(1, 1, 0, 1, "i", NetworkNamespace.current(), List.of(entries));
	}

}
