/**
 * Explanations of failed starts.
 */
@NullMarked
package dev.handoff.boot.diagnostics;

import org.jspecify.annotations.NullMarked;
