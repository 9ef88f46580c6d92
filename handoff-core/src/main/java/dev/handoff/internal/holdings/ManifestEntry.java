package dev.handoff.internal.holdings;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

import dev.handoff.Listener.Origin;
import dev.handoff.TransferException;
import dev.handoff.internal.libc.LibC;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.socket.AppendOnlyFile;
import dev.handoff.internal.socket.FileFacts;
import dev.handoff.internal.socket.GatedPipe;
import dev.handoff.internal.socket.GatedSocket;
import dev.handoff.internal.socket.Holding;
import dev.handoff.internal.socket.OwnedFile;
import dev.handoff.internal.socket.SocketFacts;
import dev.handoff.internal.text.PlainText;

/**
 * What a manifest says about a listener or file, and what arrives. Stateless.
 */
public final class ManifestEntry {

	/**
	 * The name of the append file that is the lock of background work. No file of an
	 * application has it.
	 */
	public static final String WORK_LOCK = "";

	private ManifestEntry() {
	}

	static Offer.Entry of(Holding holding) {
		if (holding instanceof OwnedFile file) {
			Offer.Kind kind = (file instanceof GatedPipe) ? Offer.Kind.PIPE : Offer.Kind.APPEND_FILE;
			FileFacts facts = file.facts();
			return new Offer.Entry(file.name(), kind, file.path().toString(), facts.inode(), facts.device());
		}
		SocketFacts facts = ((GatedSocket) holding).facts();
		return new Offer.Entry(holding.name(), kind(facts), facts.address(), facts.inode());
	}

	private static Offer.Kind kind(SocketFacts facts) {
		if (facts.isDatagramSocket()) {
			return Offer.Kind.UDP;
		}
		return (facts.family() == LibC.Family.UNIX) ? Offer.Kind.UNIX : Offer.Kind.TCP;
	}

	/**
	 * Makes a listener or file of a descriptor that has been verified.
	 * @throws IOException if it cannot be made; the descriptor is closed then
	 */
	static Holding adopt(Offer.Entry entry, FileDescriptor descriptor) throws IOException {
		return switch (entry.kind()) {
			case APPEND_FILE -> AppendOnlyFile.adopt(entry.name(), path(entry), descriptor);
			case PIPE -> GatedPipe.adopt(entry.name(), path(entry), descriptor);
			case CONTROL, TCP, UNIX, UDP -> GatedSocket.adopt(entry.name(), descriptor, Origin.INHERITED);
		};
	}

	/**
	 * Checks that a descriptor is what was announced.
	 * @param entry the announcement
	 * @param descriptor what arrived, still owned by the caller
	 * @throws TransferException if it is something else
	 * @throws IOException if the kernel does not tell what it is
	 */
	public static void verify(Offer.Entry entry, FileDescriptor descriptor) throws IOException {
		boolean suits;
		Object arrived;
		if (entry.kind().isFile()) {
			FileFacts facts = FileFacts.of(descriptor);
			arrived = facts;
			suits = (entry.kind() == Offer.Kind.PIPE) ? facts.isReadablePipe() : facts.isAppendFile();
			suits = suits && path(entry).isAbsolute() && facts.inode() == entry.inode()
					&& facts.device() == entry.device();
		}
		else {
			SocketFacts facts = SocketFacts.of(descriptor);
			arrived = facts;
			suits = suits(entry.kind(), facts) && facts.address().equals(entry.address())
					&& facts.inode() == entry.inode();
		}
		if (!suits) {
			throw new TransferException("%s was announced as %s at %s, inode %d, and arrived as %s"
				.formatted(text(entry), entry.kind(), PlainText.of(entry.address()), entry.inode(), arrived), null);
		}
	}

	private static boolean suits(Offer.Kind kind, SocketFacts facts) {
		Offer.Kind expected = (kind == Offer.Kind.CONTROL) ? Offer.Kind.UNIX : kind;
		return (facts.isStreamListener() || facts.isDatagramSocket()) && kind(facts) == expected;
	}

	private static Path path(Offer.Entry entry) {
		try {
			return Path.of(entry.address());
		}
		catch (InvalidPathException ex) {
			throw new TransferException(
					"file '%s' has the path '%s', which is none in the character encoding of this process"
						.formatted(entry.name(), PlainText.of(entry.address())),
					ex);
		}
	}

	/**
	 * Returns whether it is the lock of background work.
	 */
	public static boolean isWorkLock(Offer.Entry entry) {
		return entry.kind() == Offer.Kind.APPEND_FILE && entry.name().equals(WORK_LOCK);
	}

	/**
	 * Returns an entry's name, for people.
	 * @param entry the entry
	 * @return for example {@code listener 'web'}
	 */
	public static String text(Offer.Entry entry) {
		if (isWorkLock(entry)) {
			return "the lock of background work";
		}
		return "%s '%s'".formatted(entry.kind().isFile() ? "file" : "listener", entry.name());
	}

}
