package dev.handoff.internal.session;

import java.util.function.Consumer;

import dev.handoff.CommandResult;
import dev.handoff.HandoffCommand;

/**
 * A command to this process, waiting for its turn.
 *
 * @param event the event that it is for the rules
 * @param answer takes the result, on the session's thread or the one that ends it
 */
record Command(Event event, Consumer<CommandResult> answer) {

	static Command of(Event event) {
		return new Command(event, (result) -> {
		});
	}

	static Command of(HandoffCommand command, Consumer<CommandResult> answer) {
		return new Command(switch (command) {
			case RELEASE -> Event.OPERATOR_RELEASE;
			case ABORT -> Event.OPERATOR_ABORT;
			case RECLAIM -> Event.OPERATOR_RECLAIM;
		}, answer);
	}

}
