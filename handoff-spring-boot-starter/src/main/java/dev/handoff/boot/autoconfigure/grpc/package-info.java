/**
 * Auto-configuration of handoffs of gRPC servers.
 */
@NullMarked
package dev.handoff.boot.autoconfigure.grpc;

import org.jspecify.annotations.NullMarked;
