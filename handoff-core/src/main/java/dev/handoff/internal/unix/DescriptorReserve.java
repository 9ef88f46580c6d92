package dev.handoff.internal.unix;

import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

import dev.handoff.internal.socket.Descriptors;

/**
 * Descriptors that are kept for those who dial: a process that has no other left is the
 * one that an operator wants to replace. Used by the transport's thread.
 */
final class DescriptorReserve {

	// A channel has two.
	private static final int STEP = 2;

	// The servers of this process want each that becomes free.
	private static final int SIZE = 4 * STEP;

	private final Deque<FileInputStream> kept = new ArrayDeque<>();

	/**
	 * Keeps as many as there are to be, or can be had.
	 */
	void fill() {
		try {
			while (this.kept.size() < SIZE) {
				this.kept.push(new FileInputStream(Descriptors.NOTHING));
			}
		}
		catch (IOException ex) {
			// Filled up when somebody has gone.
		}
	}

	/**
	 * Gives up as many as a channel needs.
	 * @return whether there were any
	 */
	boolean release() throws IOException {
		boolean any = !this.kept.isEmpty();
		for (int i = 0; i < STEP && !this.kept.isEmpty(); i++) {
			this.kept.pop().close();
		}
		return any;
	}

	void close() throws IOException {
		while (release()) {
			// Until there are none.
		}
	}

}
