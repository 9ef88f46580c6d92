/**
 * Auto-configuration of handoffs with embedded Reactor Netty.
 */
@NullMarked
package dev.handoff.boot.autoconfigure.netty;

import org.jspecify.annotations.NullMarked;
