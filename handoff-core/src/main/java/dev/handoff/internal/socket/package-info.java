/**
 * Descriptors, their ownership, and their adoption as JDK channels: the only code that
 * knows {@code sun.nio.ch}.
 */
@NullMarked
package dev.handoff.internal.socket;

import org.jspecify.annotations.NullMarked;
