/**
 * Handoffs of an RSocket server.
 */
@NullMarked
package dev.handoff.boot.rsocket;

import org.jspecify.annotations.NullMarked;
