/**
 * Tells what happens: reports of handoffs, observers, and the service manager.
 */
@NullMarked
package dev.handoff.internal.report;

import org.jspecify.annotations.NullMarked;
