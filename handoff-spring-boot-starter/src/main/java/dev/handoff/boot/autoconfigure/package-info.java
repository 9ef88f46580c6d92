/**
 * Auto-configuration of handoffs.
 */
@NullMarked
package dev.handoff.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
