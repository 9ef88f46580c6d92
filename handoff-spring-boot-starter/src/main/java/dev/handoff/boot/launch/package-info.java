/**
 * Starting a successor from the running process.
 */
@NullMarked
package dev.handoff.boot.launch;

import org.jspecify.annotations.NullMarked;
