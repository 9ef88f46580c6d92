package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.handoff.UnsupportedPlatformException;
import dev.handoff.UnsupportedPlatformException.Missing;
import dev.handoff.internal.control.ChildChannel;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.internal.socket.Descriptors;
import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFSocket;
import org.newsclub.net.unix.AFUNIXSelectorProvider;
import org.newsclub.net.unix.AFUNIXServerSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.ConnectionRefusedSocketException;

/**
 * Control listeners and channels on unix-domain sockets. Used by one thread, which must
 * not be interrupted, but for {@link #wakeup()}. Closing it closes all that it made.
 */
public final class UnixTransport implements ControlTransport {

	private static final Duration CLAIM_TIMEOUT = Duration.ofSeconds(10);

	private static final int BACKLOG = 64;

	private static final int MAX_FAILED_POLLS = 100;

	// A process has one standard input.
	private static final AtomicBoolean INHERITED = new AtomicBoolean();

	private final Selector selector;

	private final Duration claimTimeout;

	private final long ownUid;

	private final Set<UnixControlChannel> channels = new LinkedHashSet<>();

	private final Set<UnixControlListener> listeners = new LinkedHashSet<>();

	private final AtomicBoolean wakeup = new AtomicBoolean();

	private final DescriptorReserve reserve = new DescriptorReserve();

	private int failedPolls;

	private UnixTransport(Selector selector, Duration claimTimeout, long ownUid) {
		this.selector = selector;
		this.claimTimeout = claimTimeout;
		this.ownUid = ownUid;
	}

	/**
	 * Opens a transport that waits for at most 10 seconds for the lock file.
	 * @return the transport, to be closed by the caller
	 * @throws IOException if there are no more descriptors
	 * @throws UnsupportedPlatformException if junixsocket's native library is missing
	 */
	public static UnixTransport open() throws IOException {
		return open(CLAIM_TIMEOUT);
	}

	/**
	 * Opens a transport.
	 * @param claimTimeout how long {@link #claim} waits for the lock file
	 * @return the transport, to be closed by the caller
	 * @throws IOException if there are no more descriptors
	 * @throws UnsupportedPlatformException if junixsocket's native library is missing
	 */
	public static UnixTransport open(Duration claimTimeout) throws IOException {
		verifyNativeLibrary();
		long ownUid = OwnUid.read();
		return new UnixTransport(AFUNIXSelectorProvider.provider().openSelector(), claimTimeout, ownUid);
	}

	/**
	 * Loads junixsocket's native library.
	 * @throws UnsupportedPlatformException if it is missing
	 */
	public static void verifyNativeLibrary() {
		Throwable cause;
		try {
			AFSocket.ensureSupported();
			return;
		}
		catch (UnsupportedOperationException | LinkageError ex) {
			cause = ex;
		}
		throw new UnsupportedPlatformException(Missing.NATIVE_LIBRARY,
				("junixsocket's native library for %s on %s cannot be loaded from '%s'; "
						+ "set -Dorg.newsclub.net.unix.library.tmpdir to a directory that is not mounted noexec, "
						+ "or -Dorg.newsclub.net.unix.library.override to the library's file")
					.formatted(System.getProperty("os.name"), System.getProperty("os.arch"), System
						.getProperty("org.newsclub.net.unix.library.tmpdir", System.getProperty("java.io.tmpdir"))),
				cause);
	}

	@Override
	public Optional<ControlChannel> dial(Path path) throws IOException {
		ControlPath control = new ControlPath(path, this.ownUid);
		if (!control.verify()) {
			return Optional.empty();
		}
		Optional<AFUNIXSocketChannel> connected = connect(control);
		return connected.isPresent() ? Optional.of(UnixControlChannel.of(this, connected.get())) : Optional.empty();
	}

	private static Optional<AFUNIXSocketChannel> connect(ControlPath control) throws IOException {
		AFUNIXSocketChannel channel = AFUNIXSocketChannel.open();
		boolean connected = false;
		try {
			channel.configureBlocking(false);
			connected = channel.connect(control.socketAddress());
			if (!connected) {
				// unix(7): EAGAIN, there is no such thing as a connection in progress.
				throw new IOException("Control socket '%s' is busy: its queue is full".formatted(control.path()));
			}
			return Optional.of(channel);
		}
		catch (ConnectionRefusedSocketException ex) {
			return Optional.empty();
		}
		catch (SocketException ex) {
			// ENOENT has no type of its own, and its text depends on the locale.
			if (!control.exists()) {
				return Optional.empty();
			}
			throw ex;
		}
		finally {
			if (!connected) {
				Descriptors.close(channel.getFileDescriptor());
			}
		}
	}

	@Override
	public ChildChannel openChildChannel() throws IOException {
		return InheritedChannel.open(this);
	}

	@Override
	public Optional<ControlChannel> inherited() throws IOException {
		if (!STANDARD_INPUT.equals(System.getenv(CHANNEL_VARIABLE)) || !INHERITED.compareAndSet(false, true)) {
			return Optional.empty();
		}
		Optional<AFUNIXSocketChannel> taken = InheritedChannel.take();
		return taken.isPresent() ? Optional.of(UnixControlChannel.of(this, taken.get())) : Optional.empty();
	}

	@Override
	public Optional<ControlListener> claim(Path path) throws IOException {
		ControlPath control = new ControlPath(path, this.ownUid);
		control.createDirectory();
		control.verify();
		try {
			return claim(control);
		}
		catch (AccessDeniedException ex) {
			throw control.notWritable(ex);
		}
		catch (FileSystemException ex) {
			if (control.isReadOnly()) {
				throw control.readOnly(ex);
			}
			// Those of a type of their own are of a file that somebody else has made or
			// removed at this moment.
			if (ex.getClass() == FileSystemException.class) {
				throw control.unusable(ex);
			}
			throw ex;
		}
	}

	private Optional<ControlListener> claim(ControlPath control) throws IOException {
		ClaimLock lock = ClaimLock.acquire(control.lockFile(), this.claimTimeout);
		try {
			if (control.verify() && isListening(control)) {
				return Optional.empty();
			}
			Files.deleteIfExists(control.path());
			return Optional.of(UnixControlListener.of(this, bind(control)));
		}
		finally {
			lock.close();
		}
	}

	private static boolean isListening(ControlPath control) throws IOException {
		Optional<AFUNIXSocketChannel> connected = connect(control);
		if (connected.isPresent()) {
			Descriptors.close(connected.get().getFileDescriptor());
		}
		return connected.isPresent();
	}

	@SuppressWarnings("resource") // only the descriptor is closed, see the listener
	private static FileDescriptor bind(ControlPath control) throws IOException {
		AFUNIXServerSocketChannel channel = AFUNIXServerSocketChannel.open();
		try {
			channel.setDeleteOnClose(false);
			channel.setShutdownOnClose(false);
			// With SO_REUSEADDR, junixsocket moves a live socket's file away.
			channel.socket().setReuseAddress(false);
			channel.configureBlocking(false);
			channel.bind(control.socketAddress(), BACKLOG);
			// junixsocket makes it 0666. Peers are checked, so the moment does no harm.
			Files.setPosixFilePermissions(control.path(), PosixFilePermissions.fromString("rw-------"));
			return Descriptors.duplicate(channel.getFileDescriptor());
		}
		finally {
			Descriptors.close(channel.getFileDescriptor());
		}
	}

	@Override
	public Optional<Object> fileOf(Path path) throws IOException {
		try {
			return Optional
				.ofNullable(Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey());
		}
		catch (NoSuchFileException ex) {
			return Optional.empty();
		}
	}

	@Override
	public ControlListener adopt(FileDescriptor descriptor) throws IOException {
		return UnixControlListener.of(this, descriptor);
	}

	@Override
	public WorkLock workLock(Path path) {
		return new FileWorkLock(path, this.ownUid);
	}

	@Override
	public void poll(@Nullable Duration timeout) throws IOException {
		try {
			if ((timeout != null && (timeout.isZero() || timeout.isNegative())) || isSomethingPending()) {
				this.selector.selectNow();
			}
			else if (timeout == null) {
				this.selector.select();
			}
			else {
				this.selector.select(millis(timeout));
			}
			this.failedPolls = 0;
		}
		catch (SocketException ex) {
			// EINTR looks like any other error; it is none, but for good is one.
			if (++this.failedPolls >= MAX_FAILED_POLLS) {
				throw ex;
			}
		}
		finally {
			this.wakeup.set(false);
		}
	}

	@Override
	public boolean canOpenDescriptor() {
		return Descriptors.canOpen();
	}

	private boolean isSomethingPending() {
		return this.channels.stream().anyMatch(UnixControlChannel::isDroppedBySelector);
	}

	private static long millis(Duration timeout) {
		if (timeout.compareTo(Duration.ofMillis(Integer.MAX_VALUE)) > 0) {
			return Integer.MAX_VALUE;
		}
		// Rounded up: a timer must be due when the wait for it is over.
		return timeout.plusNanos(999_999).toMillis();
	}

	@Override
	public void wakeup() {
		// A byte in a pipe each, which blocks when that is full.
		if (this.wakeup.compareAndSet(false, true)) {
			this.selector.wakeup();
		}
	}

	@Override
	public long ownUid() {
		return this.ownUid;
	}

	@Override
	public void close() throws IOException {
		List.copyOf(this.channels).forEach(UnixControlChannel::close);
		List.copyOf(this.listeners).forEach(UnixControlListener::close);
		this.reserve.close();
		this.selector.close();
	}

	SelectionKey register(SelectableChannel channel, int operations) throws IOException {
		return channel.register(this.selector, operations);
	}

	void opened(UnixControlChannel channel) {
		this.channels.add(channel);
	}

	/**
	 * Called when its descriptors are free.
	 */
	void closed(UnixControlChannel channel) {
		this.channels.remove(channel);
		if (!this.listeners.isEmpty()) {
			this.reserve.fill();
		}
	}

	void opened(UnixControlListener listener) {
		this.listeners.add(listener);
		this.reserve.fill();
	}

	void closed(UnixControlListener listener) {
		this.listeners.remove(listener);
	}

	/**
	 * Returns the descriptors that are kept for who dials.
	 */
	DescriptorReserve reserve() {
		return this.reserve;
	}

}
