package dev.handoff.testsupport;

import java.io.FileDescriptor;
import java.nio.file.Path;

import dev.handoff.internal.control.WorkLock;
import org.jspecify.annotations.Nullable;

/**
 * A lock of background work that has no file, for processes of a test in one JVM.
 */
public abstract class LocalWorkLock implements WorkLock {

	@Override
	public @Nullable FileDescriptor file() {
		return null;
	}

	@Override
	public Path path() {
		return Path.of("/nowhere/shop.sock.work");
	}

	@Override
	public void inherit(FileDescriptor file) {
		throw new IllegalStateException("None is offered");
	}

}
