/**
 * Handoffs with embedded Reactor Netty.
 */
@NullMarked
package dev.handoff.boot.netty;

import org.jspecify.annotations.NullMarked;
