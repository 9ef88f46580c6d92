package dev.handoff.internal.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

import dev.handoff.internal.protocol.Message.Request.Operation;

/**
 * What can be asked for: one request each, but for {@link #STOP}, which is carried out
 * here.
 */
enum Command {

	STATUS, TRIGGER, RELEASE, ABORT, RECLAIM, WAIT, STOP;

	static Optional<Command> of(String name) {
		return Stream.of(values())
			.filter((command) -> command.name().toLowerCase(Locale.ROOT).equals(name))
			.findFirst();
	}

	Operation operation() {
		return Operation.valueOf(name());
	}

}
