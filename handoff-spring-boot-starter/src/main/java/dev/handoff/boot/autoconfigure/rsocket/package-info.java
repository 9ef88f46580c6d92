/**
 * Auto-configuration of handoffs of an RSocket server.
 */
@NullMarked
package dev.handoff.boot.autoconfigure.rsocket;

import org.jspecify.annotations.NullMarked;
