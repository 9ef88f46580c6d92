/**
 * The command line. Needs the JDK only: no descriptors travel.
 */
@NullMarked
package dev.handoff.internal.cli;

import org.jspecify.annotations.NullMarked;
