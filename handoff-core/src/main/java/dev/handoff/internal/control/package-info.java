/**
 * What the rest needs of the outside: the interfaces of the control socket, of the clock
 * and of the service manager, one connection on a control socket, and who is at its other
 * end.
 */
@NullMarked
package dev.handoff.internal.control;

import org.jspecify.annotations.NullMarked;
