/**
 * What operators ask for on the control socket and the status socket, how they are
 * answered, and the successors that are started for them.
 */
@NullMarked
package dev.handoff.internal.operator;

import org.jspecify.annotations.NullMarked;
