package dev.handoff.demo;

import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus.Successor;
import org.jspecify.annotations.Nullable;

/**
 * What the dashboard shows of one process. Immutable.
 *
 * @param generation its generation, -1 if it takes part in no handoff
 * @param instance the random id of its part in handoffs
 * @param pid its process id
 * @param state what it is doing
 * @param connections how many connections it has in hand, idle ones and the dashboard's
 * included
 * @param successor the process that starts or has started to take its place
 * @param managementPort the port of its Actuator endpoints, {@code null} if that is the
 * main port or they have not been started
 */
record ProcessStatus(int generation, String instance, long pid, HandoffState state, int connections,
		@Nullable Successor successor, @Nullable Integer managementPort) {

}
