/**
 * Values as people read them in logs, answers and errors.
 */
@NullMarked
package dev.handoff.internal.text;

import org.jspecify.annotations.NullMarked;
