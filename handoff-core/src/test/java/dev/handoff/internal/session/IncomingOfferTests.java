package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.handoff.TransferException;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.socket.AppendOnlyFile;
import dev.handoff.internal.socket.DescriptorLease;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.SocketFacts;
import dev.handoff.internal.unix.UnixTransport;
import dev.handoff.testsupport.OpenDescriptors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * An offer is believed only if what arrives is what was announced.
 */
class IncomingOfferTests {

	private static final Offer.Entry CONTROL = new Offer.Entry("", Offer.Kind.CONTROL, "/s", 1);

	private final List<AutoCloseable> opened = new ArrayList<>();

	@TempDir
	private Path directory;

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable resource : this.opened) {
			resource.close();
		}
	}

	@Test
	void aManifestMustBeginWithTheControlListener() {
		assertRejected("does not begin with the control listener", List.of());
		assertRejected("does not begin with the control listener",
				List.of(new Offer.Entry("web", Offer.Kind.TCP, "127.0.0.1:1", 1), CONTROL));
	}

	@Test
	void aNameMayBeThereOnlyOnce() {
		Offer.Entry web = new Offer.Entry("web", Offer.Kind.TCP, "127.0.0.1:1", 2);
		assertRejected("'web' is offered twice", List.of(CONTROL, web, web));
	}

	@Test
	void anOfferInAWayThatWasNotAskedForIsRejected() {
		for (Offer strange : List.of(new Offer(99, 0, 0, 1, "i", "", List.of(CONTROL)),
				new Offer(1, 1L << 40, 0, 1, "i", "", List.of(CONTROL)))) {
			assertThatExceptionOfType(TransferException.class).isThrownBy(() -> new IncomingOffer().begin(strange))
				.withMessageContaining("chose protocol version " + strange.version());
		}
	}

	@Test
	void aFileMayHaveTheNameOfAListenerAndNotOfAnotherFile() {
		Offer.Entry web = new Offer.Entry("a", Offer.Kind.TCP, "127.0.0.1:1", 2);
		Offer.Entry file = new Offer.Entry("a", Offer.Kind.APPEND_FILE, "/a", 1, 1);
		assertThatNoException().isThrownBy(() -> new IncomingOffer().begin(offer(List.of(CONTROL, web, file))));
		assertRejected("file 'a' is offered twice",
				List.of(CONTROL, file, new Offer.Entry("a", Offer.Kind.PIPE, "/b", 2, 1)));
	}

	@Test
	void theLastGenerationThereCanBeStaysTheLast() {
		IncomingOffer incoming = new IncomingOffer();
		incoming.begin(new Offer(1, 0, Integer.MAX_VALUE, 1, "i", "", List.of(CONTROL)));
		assertThat(incoming.generation()).isEqualTo(Integer.MAX_VALUE);
	}

	@Test
	void aSecondOfferIsRejected() {
		IncomingOffer incoming = new IncomingOffer();
		incoming.begin(offer(List.of(CONTROL)));
		assertThatExceptionOfType(TransferException.class).isThrownBy(() -> incoming.begin(offer(List.of(CONTROL))))
			.withMessageContaining("second offer");
	}

	@Test
	void descriptorsThatWereNotAnnouncedAreRejected() throws IOException {
		FileDescriptor descriptor = listener().descriptor();
		assertThatExceptionOfType(TransferException.class)
			.isThrownBy(() -> new IncomingOffer().receive(1, List.of(descriptor)))
			.withMessageContaining("not arrived");
		assertThatExceptionOfType(TransferException.class).isThrownBy(() -> {
			IncomingOffer incoming = new IncomingOffer();
			incoming.begin(offer(List.of(CONTROL)));
			incoming.receive(1, List.of());
		}).withMessageContaining("0 descriptors arrived, 1 were announced");
		assertThatExceptionOfType(TransferException.class).isThrownBy(() -> {
			IncomingOffer incoming = new IncomingOffer();
			incoming.begin(offer(List.of(CONTROL)));
			incoming.receive(2, List.of(descriptor, descriptor));
		}).withMessageContaining("the manifest has 1");
	}

	@Test
	void aDescriptorThatIsNotWhatTheManifestSaysIsRejectedWithItsFacts() throws IOException {
		try (UnixTransport transport = UnixTransport.open()) {
			ControlListener control = transport.claim(socket()).orElseThrow();
			SocketFacts controlFacts = SocketFacts.of(control.descriptor());
			GatedListener web = listener();
			Offer.Entry controlEntry = new Offer.Entry("", Offer.Kind.CONTROL, controlFacts.address(),
					controlFacts.inode());
			List<FileDescriptor> descriptors = List.of(control.descriptor(), web.descriptor());
			String address = web.facts().address();
			for (Offer.Entry wrong : List.of(new Offer.Entry("web", Offer.Kind.TCP, address, web.facts().inode() + 1),
					new Offer.Entry("web", Offer.Kind.TCP, "127.0.0.1:1", web.facts().inode()),
					new Offer.Entry("web", Offer.Kind.UDP, address, web.facts().inode()),
					new Offer.Entry("web", Offer.Kind.UNIX, address, web.facts().inode()))) {
				IncomingOffer incoming = complete(List.of(controlEntry, wrong), descriptors);
				assertThatExceptionOfType(TransferException.class)
					.isThrownBy(() -> incoming.adopt(transport, new Holdings(), transport.workLock(socket())))
					.withMessageContaining("'web'")
					.withMessageContaining(address);
			}
			IncomingOffer swapped = complete(
					List.of(controlEntry,
							new Offer.Entry("web", Offer.Kind.TCP, controlFacts.address(), controlFacts.inode())),
					List.of(control.descriptor(), control.descriptor()));
			assertThatExceptionOfType(TransferException.class)
				.isThrownBy(() -> swapped.adopt(transport, new Holdings(), transport.workLock(socket())));
			assertThat(web.isOpen()).isTrue();
		}
	}

	@Test
	void whenAFileIsNotWhatWasAnnouncedThenNothingIsAdoptedAndItIsClosed() throws Exception {
		Path path = Files.createFile(this.directory.resolve("log"));
		AppendOnlyFile log = AppendOnlyFile.open("log", path, null);
		this.opened.add(log);
		long device = (long) Files.getAttribute(path, "unix:dev");
		long inode = (long) Files.getAttribute(path, "unix:ino");
		String text = path.toString();
		Map<Offer.Entry, String> entries = Map.of(
				new Offer.Entry("log", Offer.Kind.APPEND_FILE, text, inode + 1, device), "inode",
				new Offer.Entry("log", Offer.Kind.APPEND_FILE, text, inode, device + 1), "device",
				new Offer.Entry("log", Offer.Kind.PIPE, text, inode, device), "kind",
				new Offer.Entry("log", Offer.Kind.APPEND_FILE, "log", inode, device), "path");
		entries.forEach((entry, what) -> assertThatExceptionOfType(TransferException.class).as(what)
			.isThrownBy(() -> adopt(entry, duplicate(log.lease())))
			.withMessageContaining("'log' was announced as"));
		Offer.Entry right = new Offer.Entry("log", Offer.Kind.APPEND_FILE, text, inode, device);
		try (RandomAccessFile writing = new RandomAccessFile(path.toFile(), "rw")) {
			assertThatExceptionOfType(TransferException.class).isThrownBy(() -> adopt(right, writing.getFD()))
				.withMessageContaining("appending=false");
		}
		assertThatExceptionOfType(TransferException.class)
			.isThrownBy(() -> adopt(new Offer.Entry("log", Offer.Kind.APPEND_FILE, "\0", inode, device),
					duplicate(log.lease())))
			.withMessageContaining("character encoding");
		assertThat(OpenDescriptors.countOf(path)).isOne();
	}

	private Path socket() {
		return this.directory.resolve("run/control.sock");
	}

	private void adopt(Offer.Entry entry, FileDescriptor descriptor) throws IOException {
		try (UnixTransport transport = UnixTransport.open();
				ControlListener control = transport.claim(socket()).orElseThrow()) {
			SocketFacts facts = SocketFacts.of(control.descriptor());
			FileDescriptor duplicate = FileDescriptorCast.duplicating(control.descriptor()).getFileDescriptor();
			IncomingOffer incoming = complete(
					List.of(new Offer.Entry("", Offer.Kind.CONTROL, facts.address(), facts.inode()), entry),
					List.of(duplicate, descriptor));
			try {
				incoming.adopt(transport, new Holdings(), transport.workLock(socket()));
			}
			finally {
				incoming.discard();
				assertThat(duplicate.valid()).isFalse();
			}
		}
	}

	private static FileDescriptor duplicate(DescriptorLease lease) {
		try (lease) {
			return FileDescriptorCast.duplicating(lease.descriptor()).getFileDescriptor();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private GatedListener listener() {
		GatedListener listener = GatedListener.bind("web", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
				10);
		this.opened.add(listener);
		return listener;
	}

	private static IncomingOffer complete(List<Offer.Entry> manifest, List<FileDescriptor> descriptors) {
		IncomingOffer incoming = new IncomingOffer();
		incoming.begin(offer(manifest));
		assertThat(incoming.isComplete()).isFalse();
		incoming.receive(descriptors.size(), descriptors);
		assertThat(incoming.isComplete()).isTrue();
		assertThat(incoming.generation()).isEqualTo(8);
		return incoming;
	}

	private static void assertRejected(String problem, List<Offer.Entry> manifest) {
		assertThatExceptionOfType(TransferException.class).isThrownBy(() -> new IncomingOffer().begin(offer(manifest)))
			.withMessageContaining(problem);
	}

	private static Offer offer(List<Offer.Entry> manifest) {
		return new Offer(1, 0, 7, 1, "i", "", manifest);
	}

}
