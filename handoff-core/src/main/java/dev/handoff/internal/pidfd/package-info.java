/**
 * Listeners of processes that take no part in handoffs, through pidfds (pidfd_open(2)).
 */
@NullMarked
package dev.handoff.internal.pidfd;

import org.jspecify.annotations.NullMarked;
