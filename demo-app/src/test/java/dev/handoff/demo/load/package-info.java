/**
 * A load client that never retries, and the demonstration of hot restarts under its load.
 */
@NullMarked
package dev.handoff.demo.load;

import org.jspecify.annotations.NullMarked;
