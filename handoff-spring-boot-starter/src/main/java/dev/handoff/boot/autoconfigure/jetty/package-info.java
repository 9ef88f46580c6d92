/**
 * Auto-configuration of handoffs with embedded Jetty.
 */
@NullMarked
package dev.handoff.boot.autoconfigure.jetty;

import org.jspecify.annotations.NullMarked;
