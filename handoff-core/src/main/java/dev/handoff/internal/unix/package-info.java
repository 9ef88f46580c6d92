/**
 * The control socket: the only code that knows junixsocket.
 */
@NullMarked
package dev.handoff.internal.unix;

import org.jspecify.annotations.NullMarked;
