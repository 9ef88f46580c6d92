/**
 * Descriptors, their ownership, and their adoption as JDK channels.
 */
@NullMarked
package dev.handoff.internal.socket;

import org.jspecify.annotations.NullMarked;
