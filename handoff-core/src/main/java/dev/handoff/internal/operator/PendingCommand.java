package dev.handoff.internal.operator;

import java.util.function.Consumer;

import dev.handoff.CommandResult;
import dev.handoff.HandoffCommand;
import dev.handoff.internal.rules.Event;

/**
 * A command to this process, waiting for its turn.
 *
 * @param event the event that it is for the rules
 * @param answer takes the result, on the session's thread or the one that ends it
 */
public record PendingCommand(Event event, Consumer<CommandResult> answer) {

	public static PendingCommand of(Event event) {
		return new PendingCommand(event, (result) -> {
		});
	}

	public static PendingCommand of(HandoffCommand command, Consumer<CommandResult> answer) {
		return new PendingCommand(switch (command) {
			case RELEASE -> Event.OPERATOR_RELEASE;
			case ABORT -> Event.OPERATOR_ABORT;
			case RECLAIM -> Event.OPERATOR_RECLAIM;
		}, answer);
	}

}
