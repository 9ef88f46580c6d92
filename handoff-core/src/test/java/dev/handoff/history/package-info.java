/**
 * Random histories of real processes, and an outside judge of the guarantees.
 */
@NullMarked
package dev.handoff.history;

import org.jspecify.annotations.NullMarked;
