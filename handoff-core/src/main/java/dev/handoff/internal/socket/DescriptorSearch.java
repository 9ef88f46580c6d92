package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.nio.channels.Pipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

import dev.handoff.internal.libc.LibC;

/**
 * Finds the descriptor of a channel, which the JDK does not tell: a property that the
 * channel can change is changed several times, and one descriptor of this process shows
 * each change. Safe for use by several threads.
 */
final class DescriptorSearch {

	// Other threads that make sockets change such a property once.
	private static final int MIN_CHANGES = 4;

	private static final int MAX_CHANGES = 32;

	// Within the kernel's limits.
	private static final int[] BUFFER_SIZES = { 8192, 12288 };

	// macOS has the descriptors elsewhere.
	private static final Path OWN = Path.of(Platform.isLinux() ? "/proc/self" : "/dev");

	private DescriptorSearch() {
	}

	/**
	 * Finds the descriptor of a socket.
	 * @param channel a new channel that nobody else uses
	 * @param guess the number that it probably has
	 * @return the descriptor, still owned by the channel
	 * @throws IOException if it cannot be told from another one
	 */
	static FileDescriptor of(NetworkChannel channel, int guess) throws IOException {
		// Sockets of the unix domain have the buffer alone. Of others it would not be
		// adapted to the connection any more (tcp(7)).
		return channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEADDR)
				? search(channel, guess, StandardSocketOptions.SO_REUSEADDR, (change) -> change % 2 == 0,
						(number, value) -> value == (LibC.option(number, LibC.SocketOption.REUSE_ADDRESS) != 0))
				: search(channel, guess, StandardSocketOptions.SO_RCVBUF, (change) -> BUFFER_SIZES[change % 2],
						DescriptorSearch::hasReceiveBuffer);
	}

	// Linux doubles the size for its own records (socket(7)).
	private static boolean hasReceiveBuffer(int number, int size) throws IOException {
		int value = LibC.option(number, LibC.SocketOption.RECEIVE_BUFFER);
		return value == (Platform.isLinux() ? 2 * size : size);
	}

	private static <T> FileDescriptor search(NetworkChannel channel, int guess, SocketOption<T> option,
			IntFunction<T> values, Sign<T> sign) throws IOException {
		T before = channel.getOption(option);
		FileDescriptor descriptor = search(guess, (change) -> {
			T value = values.apply(change);
			channel.setOption(option, value);
			return value;
		}, sign);
		channel.setOption(option, before);
		return descriptor;
	}

	/**
	 * Finds the descriptor of the end of a pipe that is read from.
	 * @param sink the other end, of a new pipe that nobody else uses
	 * @param guess the number that it probably has
	 * @return the descriptor, still owned by its channel; some bytes wait to be read
	 * @throws IOException if it cannot be told from another one
	 */
	static FileDescriptor of(Pipe.SinkChannel sink, int guess) throws IOException {
		return search(guess, (change) -> {
			sink.write(ByteBuffer.allocate(1));
			return change + 1;
		}, (number, written) -> LibC.readable(number).orElse(0) == written);
	}

	private static synchronized <T> FileDescriptor search(int guess, Change<T> change, Sign<T> sign)
			throws IOException {
		List<Integer> numbers = new ArrayList<>(List.of(guess));
		int changes = 0;
		while (changes < MIN_CHANGES && !numbers.isEmpty()) {
			change(changes++, numbers, change, sign);
		}
		if (numbers.isEmpty()) {
			// There may be many.
			numbers = new ArrayList<>(ProcessDescriptor.list(OWN).stream().map(ProcessDescriptor::number).toList());
			int limit = changes + MAX_CHANGES;
			for (int i = 0; i < MIN_CHANGES || (changes < limit && numbers.size() > 1); i++) {
				change(changes++, numbers, change, sign);
			}
		}
		if (numbers.size() != 1) {
			throw new IOException("The descriptor of a new channel cannot be found, it may be one of " + numbers);
		}
		return Descriptors.of(numbers.get(0));
	}

	private static <T> void change(int count, List<Integer> numbers, Change<T> change, Sign<T> sign)
			throws IOException {
		T value = change.make(count);
		numbers.removeIf((number) -> !isShown(sign, number, value));
	}

	private static <T> boolean isShown(Sign<T> sign, int number, T value) {
		try {
			return sign.isShown(number, value);
		}
		catch (IOException ex) {
			// Something else, or closed meanwhile.
			return false;
		}
	}

	/**
	 * Changes the property for the nth time, counted from 0, and tells its value.
	 */
	@FunctionalInterface
	private interface Change<T> {

		T make(int change) throws IOException;

	}

	/**
	 * Whether a descriptor shows a value of the property.
	 */
	@FunctionalInterface
	private interface Sign<T> {

		boolean isShown(int number, T value) throws IOException;

	}

}
