/**
 * An application with a gRPC and an RSocket server and no web server, and its clients.
 */
@NullMarked
package dev.handoff.boot.rpc;

import org.jspecify.annotations.NullMarked;
