/**
 * Background work, which runs in one process at a time.
 */
@NullMarked
package dev.handoff.internal.work;

import org.jspecify.annotations.NullMarked;
