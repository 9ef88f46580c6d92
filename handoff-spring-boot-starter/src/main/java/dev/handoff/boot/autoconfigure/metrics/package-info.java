/**
 * Auto-configuration of the handoff's meters.
 */
@NullMarked
package dev.handoff.boot.autoconfigure.metrics;

import org.jspecify.annotations.NullMarked;
