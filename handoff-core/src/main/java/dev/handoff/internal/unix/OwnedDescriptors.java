package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.internal.socket.Descriptors;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * Duplicates descriptors without junixsocket's clean-up, which calls shutdown(2) on
 * sockets that other processes hold too.
 */
final class OwnedDescriptors {

	private OwnedDescriptors() {
	}

	static FileDescriptor duplicate(FileDescriptor descriptor) throws IOException {
		return FileDescriptorCast.duplicating(descriptor).getFileDescriptor();
	}

	/**
	 * Duplicates all or none, and closes the originals in any case.
	 * @param originals the descriptors, invalid afterwards
	 * @return the duplicates, in the same order
	 * @throws IOException if one could not be duplicated
	 */
	static List<FileDescriptor> move(FileDescriptor[] originals) throws IOException {
		List<FileDescriptor> duplicates = new ArrayList<>(originals.length);
		try {
			for (FileDescriptor original : originals) {
				duplicates.add(duplicate(original));
				Descriptors.close(original);
			}
			return duplicates;
		}
		catch (IOException | RuntimeException ex) {
			for (FileDescriptor original : originals) {
				Descriptors.close(original);
			}
			duplicates.forEach(Descriptors::close);
			throw ex;
		}
	}

	/**
	 * Tells whether this process can have so many more descriptors.
	 * @param count how many
	 * @param sample a descriptor that it has
	 * @return {@code false} if there would be too many (EMFILE)
	 */
	static boolean hasRoomFor(int count, FileDescriptor sample) {
		List<FileDescriptor> duplicates = new ArrayList<>(count);
		try {
			for (int i = 0; i < count; i++) {
				duplicates.add(duplicate(sample));
			}
			return true;
		}
		catch (IOException ex) {
			return false;
		}
		finally {
			duplicates.forEach(Descriptors::close);
		}
	}

}
