/**
 * Runs a process's part in handoffs: one thread feeds the rules with what happens and
 * does what they say.
 */
@NullMarked
package dev.handoff.internal.session;

import org.jspecify.annotations.NullMarked;
