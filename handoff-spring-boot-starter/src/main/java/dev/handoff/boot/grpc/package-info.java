/**
 * Handoffs of gRPC's Netty server.
 */
@NullMarked
package dev.handoff.boot.grpc;

import org.jspecify.annotations.NullMarked;
