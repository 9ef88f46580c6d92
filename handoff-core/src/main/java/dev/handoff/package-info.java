/**
 * Zero-downtime socket handoff for Java servers: a running process gives its listening
 * sockets to a newly started one, finishes what it has in hand and exits.
 * <p>
 * {@link dev.handoff.Handoff} is the entry point. The invariants that every class below
 * upholds: from the first bind on, some live process holds each listener; a process
 * accepts on a listener only while its accept gate is open; each descriptor is closed
 * exactly once; every wait has a deadline.
 */
@NullMarked
package dev.handoff;

import org.jspecify.annotations.NullMarked;
