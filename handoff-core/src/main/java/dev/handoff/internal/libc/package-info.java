/**
 * The functions of the C library that neither the JDK nor junixsocket offers. The only
 * code that knows JNA.
 */
@NullMarked
package dev.handoff.internal.libc;

import org.jspecify.annotations.NullMarked;
