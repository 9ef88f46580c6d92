/**
 * The handoff's meters.
 */
@NullMarked
package dev.handoff.boot.metrics;

import org.jspecify.annotations.NullMarked;
