/**
 * Generations of the demo in containers of their own.
 */
@NullMarked
package dev.handoff.docker;

import org.jspecify.annotations.NullMarked;
