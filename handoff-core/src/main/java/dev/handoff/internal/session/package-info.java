/**
 * The two state machines of a handoff and the scripts around them.
 */
@NullMarked
package dev.handoff.internal.session;

import org.jspecify.annotations.NullMarked;
