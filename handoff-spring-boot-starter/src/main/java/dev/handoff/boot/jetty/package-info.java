/**
 * Handoffs with embedded Jetty.
 */
@NullMarked
package dev.handoff.boot.jetty;

import org.jspecify.annotations.NullMarked;
